import { setMaxListeners } from 'node:events'
import type { AgentProducer } from '../../../src/agent/index.ts'
import { ProducerError } from '../../../src/core/errors.ts'
import type { Destination, SendCallback, SendRequest } from '../../../src/index.ts'
import type { LinesSettled } from '../../../src/producer/sends/line-send.ts'
import type { LineOrigins, Origin } from '../../../src/producer/sends/origin.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import type { Lines } from '../../../src/sls/wire/line-logs.ts'
import type { Log } from '../../../src/sls/wire/log.ts'
import type { LogBuffer } from '../../../src/sls/wire/log-buffer.ts'

export interface TakenLog {
  readonly destination: Destination
  readonly contents: Record<string, string>
  readonly time: number | undefined
}

interface Pending {
  readonly logs: readonly TakenLog[]
  readonly settle: (error: ProducerError | null) => void
}

/** A producer that keeps what it is given, and gives verdicts when the test says so. */
export class FakeProducer implements AgentProducer {
  readonly taken: TakenLog[] = []
  readonly delivered: TakenLog[] = []
  readonly pending: Pending[] = []
  /** Verdicts come at once. */
  isInstant = true
  /** Logs that may wait for their verdict. */
  capacity = Number.POSITIVE_INFINITY
  totalBytes = 64 * 1024 * 1024
  /** Where what was taken comes from, as far as it was told. */
  readonly origins: Origin[] = []
  /** What a former process left on disk. */
  recovered: readonly Origin[] = []
  spoolDirectory: string | undefined
  readonly #waiting = new Set<() => void>()

  writer(destination: Destination = {}) {
    return {
      appendLines: (lines: Lines, onSettled: LinesSettled, origins?: LineOrigins) =>
        this.#appendAll(destination, logsOfLines(lines), onSettled, origins),
      appendLogs: (logs: LogBuffer, onSettled: LinesSettled, origins?: LineOrigins) =>
        this.#appendAll(destination, logsOfBuffer(logs), onSettled, origins),
    }
  }

  trySend({ logs, origin, ...destination }: SendRequest, callback: SendCallback = () => {}): boolean {
    const list = (Array.isArray(logs) ? logs : [logs]) as readonly Log[]
    if (this.#inMemory + list.length > this.capacity && this.#inMemory > 0) return false
    if (this.#inMemory >= this.capacity) return false
    const bad = list.find((log) => entriesOf(log).some(([key]) => key === ''))
    if (bad !== undefined) {
      callback(new ProducerError('ERR_LOGHUB_INVALID_LOG', 'an empty key'), undefined)
      return true
    }
    if (origin !== undefined) this.origins.push(origin)
    this.#take(
      list.map((log) => takenLog(destination, log)),
      (error) => callback(error, undefined),
    )
    return true
  }

  async ready({ signal }: { signal?: AbortSignal } = {}): Promise<void> {
    if (this.#inMemory < this.capacity) return
    if (signal !== undefined) setMaxListeners(0, signal)
    await new Promise<void>((resolve, reject) => {
      this.#waiting.add(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason))
    })
  }

  async claimOrigins(): Promise<readonly Origin[]> {
    return this.recovered
  }

  async flush(): Promise<void> {
    this.settle()
  }

  metrics() {
    return { memory: { totalBytes: this.totalBytes, usedBytes: 0 } }
  }

  /** Gives their verdict to the oldest that wait, all of them by default. */
  settle(error: ProducerError | null = null, count = this.pending.length): void {
    for (const { logs, settle } of this.pending.splice(0, count)) {
      if (error === null) this.delivered.push(...logs)
      settle(error)
    }
    for (const wake of [...this.#waiting]) wake()
    this.#waiting.clear()
  }

  /** The values of one field, in the order in which they were taken. */
  values(field = 'content'): string[] {
    return this.taken.map(({ contents }) => contents[field] ?? '')
  }

  get #inMemory(): number {
    return this.pending.reduce((sum, { logs }) => sum + logs.length, 0)
  }

  #take(logs: readonly TakenLog[], settle: (error: ProducerError | null) => void): void {
    this.taken.push(...logs)
    this.pending.push({ logs, settle })
    if (this.isInstant) this.settle(null)
  }

  #appendAll(destination: Destination, all: readonly Log[], onSettled: LinesSettled, origins?: LineOrigins): number {
    const room = Math.max(0, Math.min(all.length, this.capacity - this.#inMemory))
    const half = Math.ceil(room / 2)
    // Two pieces, so that verdicts of one call come apart.
    for (const [from, to] of [
      [0, half],
      [half, room],
    ] as const) {
      if (to === from) continue
      const logs = all.slice(from, to).map((log) => takenLog(destination, log))
      const origin = origins?.upTo(to)
      if (origin !== undefined) this.origins.push(origin)
      origins?.taken(origin, from, to - from)
      this.#take(logs, (error) => onSettled(error, undefined, from, to - from))
    }
    return room
  }
}

function logsOfLines({ buffer, starts, ends, count, key = 'content', timeMs }: Lines): Log[] {
  return Array.from({ length: count }, (_, i) => ({
    contents: { [key]: buffer.toString('utf8', starts[i], ends[i]) },
    time: timeMs,
  }))
}

function logsOfBuffer(logs: LogBuffer): Log[] {
  logs.select(0, logs.count)
  const bytes = Buffer.alloc(logs.sizeInBytes)
  logs.writeTo(bytes, 0)
  return decodeLogGroup(bytes).logs.map(({ contents, time }) => ({ contents, time: time * 1000 }))
}

function entriesOf({ contents }: Log): [string, unknown][] {
  return Array.isArray(contents) ? (contents as [string, unknown][]) : Object.entries(contents)
}

function takenLog(destination: Destination, log: Log): TakenLog {
  const contents = Object.fromEntries(
    entriesOf(log).map(([key, value]) => [
      key,
      value instanceof Uint8Array
        ? Buffer.from(value).toString()
        : typeof value === 'object'
          ? JSON.stringify(value)
          : String(value),
    ]),
  )
  return { destination, contents, time: log.time === undefined ? undefined : Number(log.time) }
}
