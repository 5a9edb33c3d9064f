import { ByteSource } from '../../sls/wire/byte-source.ts'
import type { Log } from '../../sls/wire/log.ts'
import { LogBuffer } from '../../sls/wire/log-buffer.ts'
import type { InputContext } from '../input.ts'
import type { InputWriter } from '../write/input-writer.ts'
import type { Verdict } from '../write/verdict.ts'
import { type LinePassage, NO_WAY_BACK } from './line-passage.ts'
import type { LogLines } from './log-lines.ts'
import type { Utf8Lines } from './text-decoding.ts'

const LIST_LOGS = 128
/** Encoded logs that are handed over at once: few enough that they are still in the cache of the processor when they are copied. */
const RUN_BYTES = 128 * 1024

/** Hands lines over: as bytes where nothing looks into them, encoded where a parser reads them, or as logs. */
export class LineDelivery {
  readonly #context: InputContext
  readonly #logLines: LogLines
  readonly #field: string
  readonly #logs = new LogBuffer()

  constructor(context: InputContext, logLines: LogLines, field = 'content') {
    this.#context = context
    this.#logLines = logLines
    this.#field = field
  }

  /** Resolves when the producer has copied them. One call at a time. */
  hand(writer: InputWriter, lines: Utf8Lines, passage: LinePassage = NO_WAY_BACK): Promise<void> {
    if (!writer.takesBytes) return this.#handLogs(writer, lines, passage, 0, lines.table.count)
    return this.#logLines.isPlain ? this.#handLines(writer, lines, passage) : this.#handEncoded(writer, lines, passage)
  }

  #handLines(writer: InputWriter, { buffer, table }: Utf8Lines, passage: LinePassage): Promise<void> {
    const { starts, ends, count } = table
    const lines = { buffer, starts, ends, count, timeMs: this.#context.clock.now(), key: this.#field }
    const settled = (first: number, lineCount: number, verdict: Verdict) =>
      this.#settled(passage, first, lineCount, verdict)
    return writer.writeLines(lines, settled, passage)
  }

  /** Each line of a run is one log. A line that is none, or cannot be encoded, stands between two runs. */
  async #handEncoded(writer: InputWriter, lines: Utf8Lines, passage: LinePassage): Promise<void> {
    const { starts, ends, count } = lines.table
    const logs = this.#logs
    const source = new ByteSource(lines.buffer)
    const nowMs = this.#context.clock.now()
    for (let from = 0; from < count; ) {
      logs.clear()
      let to = from
      while (to < count && logs.restInBytes < RUN_BYTES) {
        this.#logLines.encode(source, starts[to] as number, ends[to] as number, logs, nowMs)
        if (logs.count === to - from) break
        to++
      }
      const isStopped = to < count && logs.restInBytes < RUN_BYTES
      if (to > from) await this.#handRun(writer, lines, passage, from, to)
      if (isStopped) await this.#handLogs(writer, lines, passage, to, ++to)
      from = to
    }
  }

  #handRun(
    writer: InputWriter,
    { table: { starts, ends } }: Utf8Lines,
    passage: LinePassage,
    from: number,
    to: number,
  ): Promise<void> {
    const settled = (first: number, logCount: number, verdict: Verdict) =>
      this.#settled(passage, from + first, logCount, verdict)
    return writer.writeLogs(this.#logs, (ends[to - 1] as number) - (starts[from] as number), settled, {
      upTo: (log) => passage.upTo(from + log),
      taken: (origin, first, logCount) => passage.taken(origin, from + first, logCount),
    })
  }

  /** A short list at a time: what was read is handed over while it is young, and costs the garbage collector nothing. */
  async #handLogs(
    writer: InputWriter,
    { buffer, table: { starts, ends } }: Utf8Lines,
    passage: LinePassage,
    first: number,
    end: number,
  ): Promise<void> {
    for (let from = first; from < end; from += LIST_LOGS) {
      const to = Math.min(end, from + LIST_LOGS)
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

  #settled(passage: LinePassage, firstLine: number, lineCount: number, verdict: Verdict): void {
    if (verdict === 'lost') this.#context.count('losses', lineCount)
    passage.settle(firstLine, lineCount, verdict === 'lost')
  }
}
