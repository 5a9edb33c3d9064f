import { isUtf8 } from 'node:buffer'
import { LineTable } from './line-table.ts'

/** Encodings that a file may name: those of `TextDecoder`. */
export function encodingProblem(name: string): string | undefined {
  try {
    new TextDecoder(labelOf(name))
    return undefined
  } catch {
    return `must be an encoding such as utf8, gbk, gb18030, big5, shift_jis, euc-kr, utf16le or latin1, got '${name}'`
  }
}

export function isUtf8Encoding(name: string): boolean {
  return new TextDecoder(labelOf(name)).encoding === 'utf-8'
}

export function lineFeedOf(name: string): 'byte' | 'utf16le' | 'utf16be' {
  const { encoding } = new TextDecoder(labelOf(name))
  return encoding === 'utf-16le' ? 'utf16le' : encoding === 'utf-16be' ? 'utf16be' : 'byte'
}

const FEED = Buffer.from('\n')

/** Lines as UTF-8, in a buffer of their own. */
export interface Utf8Lines {
  readonly buffer: Buffer
  readonly table: LineTable
}

/**
 * Lines of any encoding as UTF-8. Those that are it already stay where they are; in a file of UTF-8 only the broken ones are
 * rewritten, with U+FFFD for what cannot be read.
 */
export class TextDecoding {
  readonly #decoder: InstanceType<typeof TextDecoder>
  readonly #isUtf8: boolean
  readonly #table = new LineTable()

  constructor(encoding: string) {
    this.#decoder = new TextDecoder(labelOf(encoding), { ignoreBOM: true })
    this.#isUtf8 = isUtf8Encoding(encoding)
  }

  /** `lines` themselves, or a copy that is valid until the next call. */
  decode(lines: Utf8Lines): Utf8Lines {
    const { buffer, table } = lines
    if (table.count === 0) return lines
    const from = table.starts[0] as number
    const to = table.ends[table.count - 1] as number
    if (this.#isUtf8 && isUtf8(buffer.subarray(from, to))) return lines
    const parts: Buffer[] = []
    let at = 0
    this.#table.clear()
    for (let i = 0; i < table.count; i++) {
      const bytes = this.#utf8Of(buffer.subarray(table.starts[i], table.ends[i]))
      // The line ends stay between them: multi-line logs are ranges of the buffer.
      parts.push(bytes, FEED)
      this.#table.add(at, at + bytes.length, table.positions[i])
      at += bytes.length + FEED.length
    }
    return { buffer: Buffer.concat(parts, at), table: this.#table }
  }

  #utf8Of(line: Buffer): Buffer {
    if (this.#isUtf8 && isUtf8(line)) return line
    return Buffer.from(this.#decoder.decode(line))
  }
}

/** The names of Node that are not those of the standard. */
function labelOf(name: string): string {
  return /^(?:utf16le|ucs-?2)$/i.test(name) ? 'utf-16le' : name
}
