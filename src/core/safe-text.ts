// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const ESCAPE_SEQUENCE = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-_])/g
// Control characters, line separators, and those that turn the direction of writing.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is to be found
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+/g
const URL_CREDENTIALS = /(\/\/)[^/?#\s"'<>]+@/g

/** How much of a foreign text an error or a line of the log repeats. */
export const LONGEST_FOREIGN_TEXT = 500

/**
 * A text that somebody else wrote, as errors and logs may repeat it: one line, nothing that a terminal obeys, no keys out
 * of a URL, and no longer than `longest` characters.
 */
export function safeText(text: string, longest = LONGEST_FOREIGN_TEXT): string {
  // Bounded before it is searched, generously: what is taken out makes it shorter.
  const printable = text
    .slice(0, longest * 4)
    .replace(ESCAPE_SEQUENCE, '')
    .replace(UNPRINTABLE, ' ')
  const clean = withoutUrlCredentials(printable).trim()
  return clean.length <= longest ? clean : `${clean.slice(0, longest)}…`
}

/** `text` with `***` for the user and password of each URL in it. */
export function withoutUrlCredentials(text: string): string {
  return text.replace(URL_CREDENTIALS, '$1***@')
}
