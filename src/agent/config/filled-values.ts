import { type Path, pathText } from './schema.ts'

const HIDDEN = '(hidden)'
/** A value of this length is hidden in every message: it is not a word of one by chance. */
const SURE_LENGTH = 8

/** The values that came into a configuration from outside of its file: environment variables and files. They may be secrets. */
export class FilledValues {
  readonly #byPath = new Map<string, string[]>()

  add(path: Path, value: string): void {
    const key = pathText(path)
    this.#byPath.set(key, [...(this.#byPath.get(key) ?? []), value])
  }

  /** The message without these values, nor parts of them. Short ones are looked for only where the message is about their own place. */
  conceal(path: Path, message: string): string {
    const own = this.#byPath.get(pathText(path)) ?? []
    let text = own.length === 0 ? message : message.replace(/, got .*$/s, ', got something else from outside the file')
    for (const value of own) text = withoutWord(value, text)
    for (const [, values] of this.#byPath) {
      for (const value of values) text = withoutPartsOf(value, text)
    }
    return text
  }
}

/** Also of a word that is as short as a digit, but not the same digit inside of a number. */
function withoutWord(value: string, text: string): string {
  if (value === '') return text
  const escaped = value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return text.replace(new RegExp(`(?<!\\w)${escaped}(?!\\w)`, 'g'), HIDDEN)
}

/** A message may show the beginning of a value, or a value between escapes: what shares so many characters with it is cut out. */
function withoutPartsOf(value: string, text: string): string {
  if (value.length < SURE_LENGTH) return text
  for (let at = 0; at + SURE_LENGTH <= text.length; at++) {
    if (!value.includes(text.slice(at, at + SURE_LENGTH))) continue
    let end = at + SURE_LENGTH
    while (end < text.length && value.includes(text.slice(at, end + 1))) end++
    return text.slice(0, at) + HIDDEN + withoutPartsOf(value, text.slice(end))
  }
  return text
}
