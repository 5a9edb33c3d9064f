import { type Path, pathText } from './schema.ts'

const HIDDEN = '(hidden)'
/** A value of at least this length is hidden in every message: it cannot be an ordinary word of one. */
const SURE_LENGTH = 8

/** The values in a configuration that come from environment variables and files. They may be secrets, so no message may contain them. */
export class FilledValues {
  readonly #byPath = new Map<string, string[]>()

  add(path: Path, value: string): void {
    const key = pathText(path)
    this.#byPath.set(key, [...(this.#byPath.get(key) ?? []), value])
  }

  /** Returns the message without these values and parts of them. Short values are only hidden in messages about their own path. */
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

/** Hides a value that may be as short as a digit, but not the same digit inside of a number. */
function withoutWord(value: string, text: string): string {
  if (value === '') return text
  const escaped = value.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  return text.replace(new RegExp(`(?<!\\w)${escaped}(?!\\w)`, 'g'), HIDDEN)
}

/** A message may contain only the beginning of a value, or a value with escapes: hides every common part of this length. */
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
