const PLAIN = /^[\p{L}\p{N}_.-]+$/u
const RESERVED = new Set(['and', 'or', 'not'])

/** The term that finds a value of a field. */
export function termText(field: string, value: string): string {
  return `${quoted(field, /^[\p{L}\p{N}_.:-]+$/u)}: ${quoted(value, PLAIN)}`
}

/** Restricts a query to logs with this term, or without it. */
export function narrowed(query: string, term: string, isExcluded = false): string {
  const wanted = isExcluded ? `not ${term}` : term
  const before = query.trim()
  if (before === '' || before === '*') return wanted
  return `${/\bor\b/i.test(before) ? `(${before})` : before} and ${wanted}`
}

/** Quotes a text unless it is plain. `__tag__:name` needs no quotes, other names with a colon do. */
function quoted(text: string, plain: RegExp): string {
  const hasColon = text.includes(':') && !/^__tag__:[^:]+$/.test(text)
  if (plain.test(text) && !hasColon && !RESERVED.has(text.toLowerCase())) return text
  return `"${text.replace(/["\\]/g, '\\$&')}"`
}
