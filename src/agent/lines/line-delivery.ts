import type { Log } from '../../sls/wire/log.ts'
import type { InputContext } from '../input.ts'
import type { InputWriter } from '../write/input-writer.ts'
import type { Stretch } from '../write/settled-prefix.ts'
import type { LogLines } from './log-lines.ts'
import type { Utf8Lines } from './text-decoding.ts'

/** What a stretch of an input begins with: in how many parts its verdict comes. */
export type BeginStretch = (parts: number) => Pick<Stretch<unknown>, 'settle'>

const LIST_LOGS = 512

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
    if (!this.#logLines.isPlain || !writer.takesLines)
      return this.#handLogs(writer, this.#read({ buffer, table }), begin)
    const stretch = begin(table.count)
    const { starts, ends, count } = table
    const lines = { buffer, starts, ends, count, timeMs: this.#context.clock.now(), key: this.#field }
    await writer.writeLines(lines, (settled, verdict) => {
      if (verdict === 'lost') this.#context.count('losses', settled)
      stretch.settle(settled, verdict === 'lost')
    })
  }

  #read({ buffer, table }: Utf8Lines): Log[][] {
    const lists: Log[][] = []
    let list: Log[] = []
    for (let i = 0; i < table.count; i++) {
      const line = buffer.subarray(table.starts[i], table.ends[i])
      const log = this.#logLines.isPlain
        ? { contents: [[this.#field, line]] as [string, Buffer][] }
        : this.#logLines.read(line)
      if (log === undefined) continue
      list.push(log)
      if (list.length < LIST_LOGS) continue
      lists.push(list)
      list = []
    }
    if (list.length > 0) lists.push(list)
    return lists
  }

  async #handLogs(writer: InputWriter, lists: readonly Log[][], begin: BeginStretch): Promise<void> {
    const stretch = begin(lists.length)
    for (const logs of lists) {
      await writer.writeAll(logs, (verdict) => {
        if (verdict === 'lost') this.#context.count('losses', logs.length)
        stretch.settle(1, verdict === 'lost')
      })
    }
  }
}
