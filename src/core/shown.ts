import { kindOf } from './has-names.ts'
import { safeText } from './safe-text.ts'

const LONGEST = 40

/** A value in an error message: short, on one line, and never the inside of an object, which might be a secret. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return `'${safeText(value, LONGEST)}'`
  if (typeof value === 'object' && value !== null) return kindOf(value)
  return typeof value === 'function' ? 'a function' : safeText(String(value), LONGEST)
}
