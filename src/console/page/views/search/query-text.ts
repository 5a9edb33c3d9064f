const PLAIN = /^[\p{L}\p{N}_.-]+$/u
const RESERVED = new Set(['and', 'or', 'not'])

/** A search for a value of a field. */
export function termText(field: string, value: string): string {
  return `${quoted(field, /^[\p{L}\p{N}_.:-]+$/u)}: ${quoted(value, PLAIN)}`
}

/** The query, narrowed down to what this term finds, or to what it does not. */
export function narrowed(query: string, term: string, isExcluded = false): string {
  const wanted = isExcluded ? `not ${term}` : term
  const before = query.trim()
  if (before === '' || before === '*') return wanted
  return `${/\bor\b/i.test(before) ? `(${before})` : before} and ${wanted}`
}

/** `__tag__:name` stands without quotation marks, other names with a colon do not. */
function quoted(text: string, plain: RegExp): string {
  const hasColon = text.includes(':') && !/^__tag__:[^:]+$/.test(text)
  if (plain.test(text) && !hasColon && !RESERVED.has(text.toLowerCase())) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
