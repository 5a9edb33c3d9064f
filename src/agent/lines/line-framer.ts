import { LineTable } from './line-table.ts'

export type LongLineRule = 'cut' | 'split' | 'drop'

export interface LineFramerOptions {
  /** Of one line, as it is in the file. */
  readonly maxLineBytes: number
  /** What becomes of a longer one: its first part alone, all of it in parts, or nothing. */
  readonly longLines: LongLineRule
  /** How a line feed is written: two bytes in UTF-16. Default one byte. */
  readonly lineFeed?: 'byte' | 'utf16le' | 'utf16be'
}

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

/** Finds lines in a chunk: LF or CRLF. Keeps nothing from chunk to chunk but whether it is within a line that was cut. */
export class LineFramer {
  readonly table: LineTable
  readonly #maxBytes: number
  readonly #rule: LongLineRule
  readonly #lineFeed: 'byte' | 'utf16le' | 'utf16be'
  readonly #unit: 1 | 2
  /** What follows, up to the next line feed, belongs to a line that was cut or dropped. */
  #isSkipping = false
  #endsInLongLine = false
  #longLines = 0

  /** @param table several framers of one reader may share it, as long as they take turns */
  constructor({ maxLineBytes, longLines, lineFeed = 'byte' }: LineFramerOptions, table = new LineTable()) {
    this.table = table
    this.#maxBytes = maxLineBytes
    this.#rule = longLines
    this.#lineFeed = lineFeed
    this.#unit = lineFeed === 'byte' ? 1 : 2
  }

  /** Lines so far that were over the limit. */
  get longLines(): number {
    return this.#longLines
  }

  /**
   * Whether the last chunk ended within a line that is over the limit. Such a chunk, or a part of it, cannot be offered again: what the
   * line has given is in `table`, and the rest of it is skipped or is the next line.
   */
  get endsInLongLine(): boolean {
    return this.#endsInLongLine
  }

  /**
   * Fills `table` with the whole lines of `buffer`, up to `length`, and returns how many bytes they take; the caller offers the
   * rest again with what follows. At the end of an input the rest is a line as well: `isFinal`.
   */
  frame(buffer: Buffer, length: number, isFinal = false): number {
    this.table.clear()
    this.#endsInLongLine = false
    let start = 0
    while (start < length) {
      const feed = this.#nextFeed(buffer, start, length)
      if (feed < 0) break
      if (this.#isSkipping) this.#isSkipping = false
      else this.#line(buffer, start, feed)
      start = feed + this.#unit
    }
    if (start === length) return length
    if (this.#isSkipping) return length
    if (isFinal) {
      this.#line(buffer, start, length)
      return length
    }
    return length - start > this.#maxBytes ? this.#tooLong(buffer, start, length) : start
  }

  /** A new input begins: nothing of the one before counts. */
  reset(): void {
    this.#isSkipping = false
  }

  #nextFeed(buffer: Buffer, from: number, length: number): number {
    if (this.#lineFeed === 'byte') {
      const at = buffer.indexOf(LINE_FEED, from)
      return at < length ? at : -1
    }
    const low = this.#lineFeed === 'utf16le' ? 0 : 1
    for (let at = from; at + 1 < length; at += 2) {
      if (buffer[at + low] === LINE_FEED && buffer[at + 1 - low] === 0) return at
    }
    return -1
  }

  #line(buffer: Buffer, start: number, feed: number): void {
    const end = this.#withoutReturn(buffer, start, feed)
    if (end - start <= this.#maxBytes) return this.table.add(start, end)
    this.#longLines++
    if (this.#rule === 'drop') return
    let from = start
    do {
      const to = this.#rule === 'cut' || end - from > this.#maxBytes ? this.#boundary(buffer, from, end) : end
      this.table.add(from, to)
      from = to
    } while (this.#rule === 'split' && from < end)
  }

  /** A line that is not at its end yet and over the limit already: its end may be far, or never come. */
  #tooLong(buffer: Buffer, start: number, length: number): number {
    this.#endsInLongLine = true
    this.#longLines++
    if (this.#rule === 'split') {
      let from = start
      while (length - from > this.#maxBytes) {
        const to = this.#boundary(buffer, from, length)
        this.table.add(from, to)
        from = to
      }
      return from
    }
    if (this.#rule === 'cut') this.table.add(start, this.#boundary(buffer, start, length))
    this.#isSkipping = true
    return length
  }

  /** Where a part of at most the longest size ends, without cutting a character of UTF-8 in two. */
  #boundary(buffer: Buffer, from: number, end: number): number {
    let to = Math.min(end, from + Math.max(this.#unit, this.#maxBytes - (this.#maxBytes % this.#unit)))
    if (this.#unit === 2) return to
    for (let back = 0; back < 3 && to < end && to - 1 > from && ((buffer[to] as number) & 0xc0) === 0x80; back++) to--
    return to
  }

  #withoutReturn(buffer: Buffer, start: number, feed: number): number {
    if (this.#unit === 1) return feed > start && buffer[feed - 1] === CARRIAGE_RETURN ? feed - 1 : feed
    const low = this.#lineFeed === 'utf16le' ? 0 : 1
    const at = feed - 2
    return at >= start && buffer[at + low] === CARRIAGE_RETURN && buffer[at + 1 - low] === 0 ? at : feed
  }
}
