import type { Log } from '../../sls/wire/log.ts'
import type { InputContext } from '../input.ts'
import type { InputWriter } from '../write/input-writer.ts'
import type { Stretch } from '../write/settled-prefix.ts'
import type { Verdict } from '../write/verdict.ts'
import type { LogLines } from './log-lines.ts'
import type { Utf8Lines } from './text-decoding.ts'

/** What a stretch of an input begins with: how many lines it has. */
export type BeginStretch = (lines: number) => Pick<Stretch<unknown>, 'settle'>

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

  /** Resolves when the producer has copied them. `begin` is called once, before the first is handed over. */
  async hand(writer: InputWriter, { buffer, table }: Utf8Lines, begin: BeginStretch): Promise<void> {
    if (!this.#logLines.isPlain || !writer.takesLines) return this.#handLogs(writer, { buffer, table }, begin)
    const stretch = begin(table.count)
    const { starts, ends, count } = table
    const lines = { buffer, starts, ends, count, timeMs: this.#context.clock.now(), key: this.#field }
    await writer.writeLines(lines, (settled, verdict) => this.#settled(stretch, settled, verdict))
  }

  /** A short list at a time: what was read is handed over while it is young, and costs the garbage collector nothing. */
  async #handLogs(writer: InputWriter, { buffer, table }: Utf8Lines, begin: BeginStretch): Promise<void> {
    const { starts, ends, count } = table
    const stretch = begin(count)
    for (let from = 0; from < count; from += LIST_LOGS) {
      const to = Math.min(count, from + LIST_LOGS)
      const logs: Log[] = []
      for (let i = from; i < to; i++) {
        const log = this.#read(buffer.toString('utf8', starts[i], ends[i]))
        if (log !== undefined) logs.push(log)
      }
      const bytes = (ends[to - 1] as number) - (starts[from] as number)
      await writer.writeAll(logs, (verdict) => this.#settled(stretch, to - from, verdict), bytes)
    }
  }

  #read(line: string): Log | undefined {
    return this.#logLines.isPlain ? { contents: [[this.#field, line]] } : this.#logLines.read(line)
  }

  #settled(stretch: ReturnType<BeginStretch>, lines: number, verdict: Verdict): void {
    if (verdict === 'lost') this.#context.count('losses', lines)
    stretch.settle(lines, verdict === 'lost')
  }
}
