/** Replaces a secret in a spec that is shown. In a spec that a client sends it means: unchanged. */
export const HIDDEN = '(hidden)'

// The name of a file that contains a secret is not secret.
const SECRET = /(token|password|secret|seed|nkey)(?!.*file$)/i

/** A copy of a spec without its secrets. */
export function withoutSecrets(spec: object): object {
  return mapTexts(spec, (name, text) => (SECRET.test(name) ? HIDDEN : text), undefined)
}

/** A copy of a spec in which hidden secrets are replaced by those of the former spec. */
export function withSecretsOf(spec: object, before: object | undefined): object {
  return mapTexts(spec, (_name, text, old) => (text === HIDDEN && typeof old === 'string' ? old : text), before)
}

type MapText = (name: string, text: string, old: unknown) => string

function mapTexts(value: object, map: MapText, old: unknown): object {
  const oldParts = (typeof old === 'object' && old !== null ? old : {}) as Record<string, unknown>
  const entries = Object.entries(value).map(([name, part]): [string, unknown] => {
    if (typeof part === 'string') return [name, map(name, part, oldParts[name])]
    return [name, typeof part === 'object' && part !== null ? mapTexts(part, map, oldParts[name]) : part]
  })
  return Array.isArray(value) ? entries.map(([, part]) => part) : Object.fromEntries(entries)
}
