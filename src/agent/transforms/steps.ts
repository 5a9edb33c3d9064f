import type { Clock } from '../../core/clock.ts'
import type { Log, Value } from '../../sls/wire/log.ts'
import type { TransformOptionsOf } from './transform-options.ts'

/** A log that passes the transforms of an input. A step may change it. */
export interface MutableLog {
  contents: Record<string, Value>
  time?: Date | number
  nanoseconds?: Log['nanoseconds']
}

/** One transform. Returns the log, changed or not, another one, several, or nothing. */
export type Step = (log: MutableLog) => StepResult | Promise<StepResult>
export type StepResult = MutableLog | readonly MutableLog[] | undefined | null

export function addStep({ fields }: TransformOptionsOf<'add'>): Step {
  return (log) => {
    log.contents = { ...log.contents, ...fields }
    return log
  }
}

export function renameStep({ fields }: TransformOptionsOf<'rename'>): Step {
  return (log) => {
    const entries = Object.entries(log.contents)
    log.contents = Object.fromEntries(
      entries.map(([key, value]) => [Object.hasOwn(fields, key) ? (fields[key] as string) : key, value]),
    )
    return log
  }
}

export function dropFieldsStep({ fields }: TransformOptionsOf<'drop-fields'>): Step {
  const dropped = new Set(fields)
  return (log) => {
    log.contents = Object.fromEntries(Object.entries(log.contents).filter(([key]) => !dropped.has(key)))
    return log
  }
}

export function matchStep({ type, field, matches }: TransformOptionsOf<'keep'> | TransformOptionsOf<'drop'>): Step {
  const pattern = new RegExp(matches, 'u')
  const keepsMatches = type === 'keep'
  return (log) => {
    const isMatch = Object.hasOwn(log.contents, field) && pattern.test(textOf(log.contents[field]))
    return isMatch === keepsMatches ? log : undefined
  }
}

export function redactStep({ pattern, with: replacement = '***', fields }: TransformOptionsOf<'redact'>): Step {
  const regex = new RegExp(pattern, 'gu')
  const only = fields === undefined ? undefined : new Set(fields)
  return (log) => {
    const contents: Record<string, Value> = {}
    for (const [key, value] of Object.entries(log.contents)) {
      const isLookedAt = value !== undefined && (only === undefined || only.has(key))
      const text = isLookedAt ? textOf(value) : ''
      // A function, so that `$1` in the replacement is not interpreted.
      const redacted = isLookedAt ? text.replace(regex, () => replacement) : ''
      define(contents, key, isLookedAt && redacted !== text ? redacted : value)
    }
    log.contents = contents
    return log
  }
}

export function sampleStep({ ratio }: TransformOptionsOf<'sample'>, random: () => number): Step {
  return (log) => (random() < ratio ? log : undefined)
}

const MAX_THROTTLE_KEYS = 10_000

export function throttleStep({ key, limit, periodMs = 1000 }: TransformOptionsOf<'throttle'>, clock: Clock): Step {
  let periodStartMs = Number.NEGATIVE_INFINITY
  const counts = new Map<string, number>()
  return (log) => {
    const nowMs = clock.monotonicMs()
    if (nowMs - periodStartMs >= periodMs) {
      periodStartMs = nowMs
      counts.clear()
    }
    const name = key === undefined ? '' : textOf(log.contents[key])
    const count = counts.get(name)
    // Bounds memory: beyond this number of keys in a period, all further keys share one count.
    const counted = count === undefined && counts.size >= MAX_THROTTLE_KEYS ? '\0others' : name
    const before = counts.get(counted) ?? 0
    if (before >= limit) return undefined
    counts.set(counted, before + 1)
    return log
  }
}

/** The value as text for matching; close to what is stored. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString()
  if (value instanceof Error) return String(value.stack)
  if (typeof value === 'object' && value !== null) return JSON.stringify(value) ?? ''
  return value === undefined || value === null ? '' : String(value)
}

/** Unlike an assignment this also sets the key `__proto__`. */
function define(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
  else target[key] = value
}
