const MATCH = ['project', 'logstore', 'method', 'path'] as const
const TEXTS = ['errorCode', 'errorMessage', 'reset'] as const
const NUMBERS = ['status', 'delayMs', 'bytesPerSecond', 'clockOffsetMs'] as const
const FLAGS = ['truncateAnswer', 'withoutRequestId'] as const
const QUOTAS = ['shardQuota', 'projectQuota'] as const

/** The values of a form. */
export type FormValues = Pick<FormData, 'get'>

/** The rule that a form describes. An invalid number stays a text, so that the emulator reports it. */
export function ruleOfForm(form: FormValues): object {
  const text = (name: string) => String(form.get(name) ?? '').trim()
  const number = (name: string) => (Number.isNaN(Number(text(name))) ? text(name) : Number(text(name)))
  const given = (names: readonly string[], value: (name: string) => unknown) =>
    Object.fromEntries(names.filter((name) => text(name) !== '').map((name) => [name, value(name)]))
  return {
    match: given(MATCH, text),
    ...given(['times'], number),
    // biome-ignore lint/suspicious/noThenProperty: a rule says "match, then"
    then: {
      ...given(TEXTS, text),
      ...given(NUMBERS, number),
      ...given(FLAGS, () => true),
      ...given(QUOTAS, (name) => ({ requestsPerSecond: number(name) })),
    },
  }
}
