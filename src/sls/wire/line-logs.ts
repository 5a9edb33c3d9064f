import { Buffer } from 'node:buffer'
import { viewOf } from './byte-source.ts'
import { invalidLog } from './invalid-log.ts'
import { LineHead } from './line-head.ts'
import { secondsOf } from './log-time.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Lines in a buffer: line i is `buffer[starts[i]..ends[i])`, UTF-8 as it is. */
export interface Lines {
  /** Holds the lines, as UTF-8. */
  readonly buffer: Buffer
  /** Where each line starts: the offset of its first byte. */
  readonly starts: ArrayLike<number>
  /** Where each line ends: the offset behind its last byte. */
  readonly ends: ArrayLike<number>
  /** How many lines, from the first. */
  readonly count: number
  /** When they happened, in epoch milliseconds. */
  readonly timeMs: number
  /** The field that holds the line. @default 'content' */
  readonly key?: string
}

/**
 * Lines as encoded logs of one field each. Nothing is made for a line: its size is computed, and its bytes go from their
 * buffer to that of the batch. What is encoded is the run of lines that {@link select} names.
 */
export class LineLogs {
  readonly #lines: Lines
  readonly #head: LineHead
  readonly #areDense: boolean
  #first = 0
  #lastExclusive = 0
  #sizeInBytes = 0

  /** @throws ProducerError `ERR_LOGHUB_INVALID_LOG` when a line is not inside the buffer, or the key or time is wrong */
  constructor(lines: Lines) {
    const { key = 'content', timeMs } = lines
    if (typeof key !== 'string' || key === '') throw invalidLog('The key of lines must be a text that is not empty')
    this.#lines = lines
    const text = Buffer.from(key)
    this.#head = new LineHead(
      Buffer.from([0x08, ...varint(secondsOf(timeMs))]),
      Buffer.concat([Buffer.from([0x0a, ...varint(text.length)]), text, Buffer.from([0x12])]),
    )
    this.#areDense = checkRanges(lines, this.#head.sizeOf(0))
  }

  get count(): number {
    return this.#lines.count
  }

  /** Encoded bytes of the log of a line. */
  sizeOf(line: number): number {
    const valueSize = (this.#lines.ends[line] as number) - (this.#lines.starts[line] as number)
    return this.#head.sizeOf(valueSize) + valueSize
  }

  /** Picks the lines from `first` on, whose sizes sum up to `sizeInBytes`. */
  select(first: number, lastExclusive: number, sizeInBytes: number): void {
    this.#first = first
    this.#lastExclusive = lastExclusive
    this.#sizeInBytes = sizeInBytes
  }

  get logCount(): number {
    return this.#lastExclusive - this.#first
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  endOf(index: number): number {
    let end = 0
    for (let line = this.#first; line <= this.#first + index; line++) end += this.sizeOf(line)
    return end
  }

  writeTo(target: Buffer, at: number): void {
    if (this.#areDense) this.#spread(target, at, this.#first, this.#lastExclusive, this.#sizeInBytes)
    else this.#copyEach(target, at, this.#first, this.#lastExclusive)
  }

  writeRangeTo(target: Buffer, at: number, firstLog: number, lastLogExclusive: number): void {
    this.#copyEach(target, at, this.#first + firstLog, this.#first + lastLogExclusive)
  }

  /**
   * All lines by one copy, to the end of the place for their logs; there each moves forward to its own, and its head is put before it.
   * Where a log ends, the next line has not begun: the heads of those behind are no shorter than what stands between the lines. A call
   * within one buffer takes half the time of a copy from another, which makes an object (`bench/lines.mjs`).
   */
  #spread(target: Buffer, at: number, first: number, lastExclusive: number, sizeInBytes: number): void {
    const { buffer, starts, ends } = this.#lines
    const head = this.#head
    const view = viewOf(target)
    const from = starts[first] as number
    const to = ends[lastExclusive - 1] as number
    const shift = at + sizeInBytes - to
    buffer.copy(target, from + shift, from, to)
    let offset = at
    for (let line = first; line < lastExclusive; line++) {
      const start = (starts[line] as number) + shift
      const length = (ends[line] as number) + shift - start
      const valueAt = offset + head.sizeOf(length)
      target.copyWithin(valueAt, start, start + length)
      head.write(target, view, offset, length)
      offset = valueAt + length
    }
  }

  #copyEach(target: Buffer, at: number, first: number, lastExclusive: number): void {
    const { buffer, starts, ends } = this.#lines
    const view = viewOf(target)
    let offset = at
    for (let line = first; line < lastExclusive; line++) {
      const start = starts[line] as number
      const end = ends[line] as number
      offset = this.#head.write(target, view, offset, end - start)
      offset += buffer.copy(target, offset, start, end)
    }
  }
}

function varint(value: number): Buffer {
  const bytes = Buffer.alloc(varintSize(value))
  writeVarint(bytes, 0, value)
  return bytes
}

/** Whether each line follows the one before it, with less between them than `mostBetween`. */
function checkRanges({ buffer, starts, ends, count }: Lines, mostBetween: number): boolean {
  const isCount = Number.isSafeInteger(count) && count >= 0 && count <= Math.min(starts.length, ends.length)
  if (!isCount) throw invalidLog(`The count of lines must be a whole number, at most that of starts and ends`)
  let areDense = count > 0
  for (let line = 0, before = starts[0] as number; line < count; line++) {
    const start = starts[line] as number
    const end = ends[line] as number
    if (!(start >= 0 && start <= end && end <= buffer.length)) {
      throw invalidLog(`Line ${line} is from ${start} to ${end}, which is not in a buffer of ${buffer.length} bytes`)
    }
    areDense &&= start >= before && start - before <= mostBetween
    before = end
  }
  return areDense
}
