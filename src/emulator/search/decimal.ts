const DECIMAL = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i
// The longest that says more than a number of 64 bits holds is shorter.
const LONGEST = 64

/** The number that a text writes in decimal digits; undefined for other texts, such as `0x10`, `Infinity` and an empty one. */
export function decimalOf(text: string): number | undefined {
  const trimmed = text.length <= LONGEST ? text.trim() : ''
  return DECIMAL.test(trimmed) ? Number(trimmed) : undefined
}
