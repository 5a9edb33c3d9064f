import type { InputContext } from '../input.ts'
import { LineDelivery } from './line-delivery.ts'
import { LineFramer, type LongLineRule } from './line-framer.ts'
import type { ParserOptions, TimeOptions } from './line-options.ts'
import { LogLines } from './log-lines.ts'
import { MultiLine, type MultiLineOptions } from './multi-line.ts'
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

/** Lines out of a stream that cannot be read again: standard input, a command, a connection. */
export class LineStream {
  readonly #context: InputContext
  readonly #framer: LineFramer
  readonly #decoding: TextDecoding
  readonly #multiLine: MultiLine | undefined
  readonly #delivery: LineDelivery
  #rest: Buffer = Buffer.alloc(0)
  #longLines = 0
  /** Until the byte order mark is behind. */
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
  }

  /** Resolves when the producer has the whole lines of it: a stream that is awaited is held back. */
  push(chunk: Buffer): Promise<void> {
    return this.#take(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false)
  }

  /** The last line, where no line end follows it. */
  end(): Promise<void> {
    return this.#take(this.#rest, true)
  }

  async #take(bytes: Buffer, isFinal: boolean): Promise<void> {
    let buffer = bytes
    if (this.#isStart && buffer.length > 0) {
      if (buffer.length < 3 && !isFinal && buffer[0] === 0xef) return this.#keep(buffer)
      if (buffer[0] === 0xef && buffer[1] === 0xbb && buffer[2] === 0xbf) buffer = buffer.subarray(3)
      this.#isStart = false
    }
    let consumed = this.#framer.frame(buffer, buffer.length, isFinal)
    const raw = this.#framer.table
    if (this.#framer.longLines > this.#longLines) {
      this.#context.count('longLines', this.#framer.longLines - this.#longLines)
      this.#longLines = this.#framer.longLines
    }
    const lines = this.#decoding.decode({ buffer, table: raw })
    const open = this.#multiLine?.join(lines.buffer, lines.table, isFinal) ?? -1
    if (open >= 0) consumed = raw.starts[open] as number
    this.#keep(buffer.subarray(consumed))
    if (lines.table.count > 0) await this.#delivery.hand(this.#context.writer, lines)
  }

  /** Copied: the chunk it is part of may be large. */
  #keep(rest: Buffer): void {
    this.#rest = Buffer.from(rest)
  }
}
