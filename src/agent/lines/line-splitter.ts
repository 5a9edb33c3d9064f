/** A line of an input, without its line ending. */
export interface Line {
  /** Number of the line, from 1. */
  readonly number: number
  /** Empty if the line is over the limit. Valid until the next chunk is pushed. */
  readonly bytes: Buffer
  readonly sizeInBytes: number
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])
const NOTHING = Buffer.alloc(0)

/**
 * Splits chunks into lines that end with LF or CRLF; the last one may have no end. Removes a byte order mark. A line over the limit is
 * counted and not kept, so that memory is bounded.
 */
export class LineSplitter {
  readonly #maxBytes: number
  #pieces: Buffer[] = []
  #pendingBytes = 0
  #lines = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Number of lines so far. */
  get lineCount(): number {
    return this.#lines
  }

  push(chunk: Buffer): Line[] {
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      lines.push(this.#finish(chunk.subarray(start, end)))
      start = end + 1
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  /** The last line, if it has no line end. */
  end(): Line[] {
    return this.#pendingBytes === 0 ? [] : [this.#finish(NOTHING)]
  }

  #keep(piece: Buffer): void {
    if (piece.length === 0) return
    this.#pendingBytes += piece.length
    if (this.#pendingBytes > this.#maxBytes) this.#pieces = []
    else this.#pieces.push(piece)
  }

  #finish(last: Buffer): Line {
    const sizeInBytes = this.#pendingBytes + last.length
    const isKept = sizeInBytes <= this.#maxBytes
    const whole = !isKept ? NOTHING : this.#pieces.length === 0 ? last : Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#pendingBytes = 0
    this.#lines++
    return { number: this.#lines, bytes: trimmed(whole, this.#lines === 1), sizeInBytes }
  }
}

function trimmed(bytes: Buffer, isFirst: boolean): Buffer {
  const start = isFirst && bytes.subarray(0, 3).equals(BYTE_ORDER_MARK) ? 3 : 0
  const end = bytes.length > start && bytes[bytes.length - 1] === CARRIAGE_RETURN ? bytes.length - 1 : bytes.length
  return start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end)
}
