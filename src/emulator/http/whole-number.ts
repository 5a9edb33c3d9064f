const DECIMAL = /^(?:0|-?[1-9]\d{0,15})$/

/**
 * A whole number as calls of the service write it: a JSON number, or a text of decimal digits. JavaScript's own conversion also takes
 * `0x10`, `1e3`, `+5`, ` 5`, `007`, an empty text, `true` and `[5]`: a client that sends one of those must not find out in production.
 * Undefined for anything else, and for numbers that JavaScript does not keep exactly. It may be negative.
 */
export function wholeNumberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && DECIMAL.test(value) ? Number(value) : value
  return Number.isSafeInteger(number) ? (number as number) : undefined
}
