import type { Log } from '../../sls/wire/log.ts'
import type { InputContext } from '../input.ts'
import type { InputWriter } from '../write/input-writer.ts'
import type { Verdict } from '../write/verdict.ts'
import { type LinePassage, NO_WAY_BACK } from './line-passage.ts'
import type { LogLines } from './log-lines.ts'
import type { Utf8Lines } from './text-decoding.ts'

const LIST_LOGS = 128

/** Hands lines over: as bytes where nothing looks into them, or as logs. */
export class LineDelivery {
  readonly #context: InputContext
  readonly #logLines: LogLines
  readonly #field: string

  constructor(context: InputContext, logLines: LogLines, field = 'content') {
    this.#context = context
    this.#logLines = logLines
    this.#field = field
  }

  /** Resolves when the producer has copied them. */
  async hand(writer: InputWriter, { buffer, table }: Utf8Lines, passage?: LinePassage): Promise<void> {
    if (!this.#logLines.isPlain || !writer.takesLines) return this.#handLogs(writer, { buffer, table }, passage)
    const { starts, ends, count } = table
    const lines = { buffer, starts, ends, count, timeMs: this.#context.clock.now(), key: this.#field }
    const settled = (first: number, lineCount: number, verdict: Verdict) =>
      this.#settled(passage, first, lineCount, verdict)
    await writer.writeLines(lines, settled, passage)
  }

  /** A short list at a time: what was read is handed over while it is young, and costs the garbage collector nothing. */
  async #handLogs(
    writer: InputWriter,
    { buffer, table }: Utf8Lines,
    passage: LinePassage = NO_WAY_BACK,
  ): Promise<void> {
    const { starts, ends, count } = table
    for (let from = 0; from < count; from += LIST_LOGS) {
      const to = Math.min(count, from + LIST_LOGS)
      const logs: Log[] = []
      for (let i = from; i < to; i++) {
        const log = this.#read(buffer.toString('utf8', starts[i], ends[i]))
        if (log !== undefined) logs.push(log)
      }
      passage.taken(undefined, from, to - from)
      await writer.writeAll(logs, (verdict) => this.#settled(passage, from, to - from, verdict), {
        sizeInBytes: (ends[to - 1] as number) - (starts[from] as number),
        covers: passage.covers(to),
      })
    }
  }

  #read(line: string): Log | undefined {
    return this.#logLines.isPlain ? { contents: [[this.#field, line]] } : this.#logLines.read(line)
  }

  #settled(passage: LinePassage | undefined, firstLine: number, lineCount: number, verdict: Verdict): void {
    if (verdict === 'lost') this.#context.count('losses', lineCount)
    passage?.settle(firstLine, lineCount, verdict === 'lost')
  }
}
