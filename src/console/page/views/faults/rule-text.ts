import type { ScriptRuleState } from '../../../../emulator/script/script.ts'
import { countText, durationText } from '../../text/units.ts'

type Texts = Readonly<Record<string, (value: never) => string>>

const EFFECTS: Texts = {
  delayMs: (ms: number) => `answers ${durationText(ms)} late`,
  status: (status: number) => `status ${status}`,
  errorCode: (code: string) => code,
  errorMessage: (text: string) => `“${text}”`,
  body: () => 'another body',
  headers: (headers: object) => `headers ${Object.keys(headers).join(', ')}`,
  reset: (when: string) => `resets the connection ${when} storing`,
  truncateAnswer: () => 'breaks the answer off',
  withoutRequestId: () => 'leaves out x-log-requestid',
  clockOffsetMs: (ms: number) => `clock ${durationText(Math.abs(ms))} ${ms < 0 ? 'behind' : 'ahead'}`,
  bytesPerSecond: (bytes: number) => `reads ${countText(bytes)} B/s`,
  shardQuota: (quota: object) => `quota of each shard: ${quotaText(quota)}`,
  projectQuota: (quota: object) => `quota of each project: ${quotaText(quota)}`,
}

/** Describes the effect of a rule. */
export function effectText({ effect }: ScriptRuleState): string {
  return partsOf(effect, (name, value) => EFFECTS[name]?.(value as never) ?? `${name} ${String(value)}`)
}

/** Describes which requests a rule applies to. */
export function matchText({ match }: ScriptRuleState): string {
  return partsOf(match, (name, value) => `${name} ${String(value)}`) || 'every request'
}

/** A rule or a part of it may be a function of the program that runs the emulator. */
function partsOf(value: unknown, text: (name: string, part: unknown) => string): string {
  if (typeof value !== 'object' || value === null) return 'decided by code'
  return Object.entries(value)
    .filter(([, part]) => part !== undefined && part !== null)
    .map(([name, part]) => text(name, part))
    .join(', ')
}

function quotaText(quota: { bytesPerSecond?: number; requestsPerSecond?: number }): string {
  const { bytesPerSecond, requestsPerSecond } = quota
  const parts = [
    requestsPerSecond !== undefined && `${countText(requestsPerSecond)} requests/s`,
    bytesPerSecond !== undefined && `${countText(bytesPerSecond)} B/s`,
  ]
  return parts.filter((part) => part !== false).join(', ')
}
