import { Alarm } from '../../core/alarm.ts'
import type { InputContext } from '../input.ts'
import { LineDelivery } from './line-delivery.ts'
import { LineFramer, type LongLineRule } from './line-framer.ts'
import type { ParserOptions, TimeOptions } from './line-options.ts'
import { LogLines } from './log-lines.ts'
import { MultiLine, type MultiLineOptions } from './multi-line.ts'
import { PendingBytes } from './pending-bytes.ts'
import { lineFeedOf, TextDecoding } from './text-decoding.ts'

export interface LineStreamOptions {
  readonly parser?: ParserOptions
  readonly time?: TimeOptions
  readonly maxLineBytes?: number
  readonly longLines?: LongLineRule
  readonly encoding?: string
  readonly multiLine?: MultiLineOptions
  readonly field?: string
}

export const DEFAULT_MAX_LINE_BYTES = 512 * 1024
const NOTHING = Buffer.alloc(0)

/** Reads lines from a stream that cannot be read again: standard input, or a command. */
export class LineStream {
  readonly #context: InputContext
  readonly #framer: LineFramer
  readonly #decoding: TextDecoding
  readonly #multiLine: MultiLine | undefined
  readonly #delivery: LineDelivery
  readonly #pending = new PendingBytes()
  /** Rings when nothing has followed an open log for `flushMs`. */
  readonly #pause: Alarm
  /** Calls run one after the other: lines are written from a buffer that the next call changes. */
  #last: Promise<void> = Promise.resolve()
  #longLines = 0
  /** A byte order mark may still come. */
  #isStart = true

  constructor(options: LineStreamOptions, context: InputContext) {
    const { maxLineBytes = DEFAULT_MAX_LINE_BYTES, longLines = 'cut', encoding = 'utf8', multiLine, field } = options
    this.#context = context
    this.#framer = new LineFramer({ maxLineBytes, longLines, lineFeed: lineFeedOf(encoding) })
    this.#decoding = new TextDecoding(encoding)
    this.#multiLine = multiLine && new MultiLine(multiLine, maxLineBytes)
    const { clock, count } = context
    const logLines = new LogLines(options, { nowMs: () => clock.now(), count: (name) => count(name) })
    this.#delivery = new LineDelivery(context, logLines, field)
    this.#pause = new Alarm(clock, () => void this.#inTurn(() => this.#take(NOTHING, 'pause')))
  }

  /** Resolves when the producer has all complete lines. Await it before the next chunk: this is the back-pressure. */
  push(chunk: Buffer): Promise<void> {
    return this.#inTurn(() => this.#take(chunk, 'more'))
  }

  /** Writes the rest: an open log, and the last line also without a line end. */
  end(): Promise<void> {
    return this.#inTurn(() => this.#take(NOTHING, 'end'))
  }

  #inTurn(act: () => Promise<void>): Promise<void> {
    this.#last = this.#last.then(act)
    // If the write after a pause fails, the next call rejects.
    this.#last.catch(() => {})
    return this.#last
  }

  async #take(chunk: Buffer, follows: 'more' | 'pause' | 'end'): Promise<void> {
    this.#pause.clear()
    const buffer = this.#withoutMark(this.#pending.append(chunk), follows === 'end')
    if (buffer === undefined) return this.#pending.consume(0)
    let consumed = this.#framer.frame(buffer, buffer.length, follows === 'end')
    const raw = this.#framer.table
    if (this.#framer.longLines > this.#longLines) {
      this.#context.count('longLines', this.#framer.longLines - this.#longLines)
      this.#longLines = this.#framer.longLines
    }
    const lines = this.#decoding.decode({ buffer, table: raw })
    const isWhole = follows !== 'more' || this.#framer.endsInLongLine
    const open = this.#multiLine?.join(lines.buffer, lines.table, isWhole) ?? -1
    if (open >= 0) consumed = raw.starts[open] as number
    try {
      if (lines.table.count > 0) await this.#delivery.hand(this.#context.writer, lines)
    } finally {
      this.#pending.consume(this.#pending.length - buffer.length + consumed)
    }
    if (open >= 0) this.#pause.set(this.#context.clock.monotonicMs() + (this.#multiLine?.flushMs ?? 0))
  }

  /** Undefined if there are too few bytes to decide. */
  #withoutMark(bytes: Buffer, isFinal: boolean): Buffer | undefined {
    if (!this.#isStart || bytes.length === 0) return bytes
    if (bytes.length < 3 && !isFinal && bytes[0] === 0xef) return undefined
    this.#isStart = false
    return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes
  }
}
