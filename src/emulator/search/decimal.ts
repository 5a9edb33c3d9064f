const DECIMAL = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
// No number of 64 bits needs more digits.
const LONGEST = 64

/** The number that a text has in decimal form; undefined for other texts, such as `0x10`, `Infinity` and an empty one. */
export function decimalOf(text: string): number | undefined {
  const trimmed = text.length <= LONGEST ? text.trim() : ''
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined
}
