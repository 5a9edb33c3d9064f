import { isUtf8 } from 'node:buffer'
import { LineTable } from './line-table.ts'

/** What is wrong with the name of an encoding; undefined if `TextDecoder` knows it. */
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

/** Lines in UTF-8, and the buffer that contains them. */
export interface Utf8Lines {
  readonly buffer: Buffer
  readonly table: LineTable
}

/**
 * Converts lines of any encoding to UTF-8. Lines that are valid UTF-8 are not copied. If one line of a chunk is not, the chunk is copied, with
 * U+FFFD for invalid bytes.
 */
export class TextDecoding {
  readonly #decoder: InstanceType<typeof TextDecoder>
  readonly #isUtf8: boolean
  readonly #table = new LineTable()

  constructor(encoding: string) {
    this.#decoder = new TextDecoder(labelOf(encoding), { ignoreBOM: true })
    this.#isUtf8 = isUtf8Encoding(encoding)
  }

  /** Returns `lines`, or a copy that is valid until the next call. */
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
      // With line ends between them: a multi-line log is a range of the buffer.
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

/** Node's own names of UTF-16 are not in the standard of `TextDecoder`. */
function labelOf(name: string): string {
  return /^(?:utf16le|ucs-?2)$/i.test(name) ? 'utf-16le' : name
}
