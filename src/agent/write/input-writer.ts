import type { ProducerError } from '../../core/errors.ts'
import type { Destination } from '../../producer/accept/send-request.ts'
import type { LinesSettled } from '../../producer/sends/line-send.ts'
import type { LineOrigins } from '../../producer/sends/origin.ts'
import type { Lines } from '../../sls/wire/line-logs.ts'
import type { Contents, Log } from '../../sls/wire/log.ts'
import type { LogBuffer } from '../../sls/wire/log-buffer.ts'
import type { Transform } from '../transforms/transform.ts'
import type { AgentProducer } from './agent-producer.ts'
import type { InputAccount } from './input-account.ts'
import { sizeOfLogs } from './log-size.ts'
import type { Tap } from './tap.ts'
import type { Covers } from './trail.ts'
import { type ByteTarget, type Unwritten, UnwrittenLines, UnwrittenLogs } from './unwritten.ts'
import { refusedCount, type Verdict, verdictOf } from './verdict.ts'

/** Called once with the result of logs that were written together, when the last of them has its result. */
export type ListSettled = (verdict: Verdict, error: ProducerError | null) => void

/** Called with the result of some of the lines that were written, and the first of them. */
export type SomeLinesSettled = (firstLine: number, lineCount: number, verdict: Verdict) => void

/** Properties of logs that are written together. */
export interface WriteAllOptions {
  /** Approximate size of the logs in bytes, if it is known: for the share of the input and its counters. */
  readonly sizeInBytes?: number | undefined
  /** Where they come from, if that can be read again. @internal */
  readonly covers?: Covers | undefined
}

/** The time of a log. */
export interface WriteTime {
  /** A Date or epoch milliseconds. Default: now. */
  readonly time?: Date | number
  /** The nanosecond part of the time, 0 to 999,999,999. */
  readonly nanoseconds?: Log['nanoseconds']
}

export interface InputWriterParts {
  readonly producer: AgentProducer
  readonly destination: Destination
  readonly account: InputAccount
  readonly transform: Transform | undefined
  readonly tap: Tap
  /** False: never waits for room; drops and counts. */
  readonly required: boolean
  /** Ends waits for room. */
  readonly abortSignal: AbortSignal
}

// A list is one send: large enough that a send costs little, small enough that batches fill well.
const MAX_LIST_LOGS = 512

/** Writes the logs of an input: transforms them, waits for memory, keeps the share of the input, and reports results. */
export class InputWriter {
  readonly #parts: InputWriterParts
  readonly #target: ByteTarget

  /** @internal */
  constructor(parts: InputWriterParts) {
    this.#parts = parts
    this.#target = parts.producer.writer(parts.destination)
  }

  /** A writer of the same input for another destination; parts that are left out are those of the input. */
  to(destination: Destination): InputWriter {
    const own = this.#parts.destination
    const tags = { ...own.tags, ...destination.tags }
    return new InputWriter({ ...this.#parts, destination: { ...own, ...destination, tags } })
  }

  /** Whether lines and logs may go as bytes: nothing looks into them on the way. */
  get takesBytes(): boolean {
    return this.#parts.transform === undefined && !this.#parts.tap.isOpen
  }

  /** Writes one log; resolves when the producer has it, or it was dropped or filtered. */
  write(contents: Contents, time: WriteTime = {}): Promise<void> {
    return this.writeAll([{ ...time, contents }])
  }

  /**
   * Writes logs in their order; resolves when the producer has them. `onSettled` is called once.
   */
  async writeAll(
    logs: readonly Log[],
    onSettled: ListSettled = () => {},
    options: WriteAllOptions = {},
  ): Promise<void> {
    if (this.#parts.account.isRevoked) return this.#discard(logs.length, onSettled)
    const end = this.#parts.account.beginWrite()
    try {
      await this.#writeAll(logs, onSettled, options)
    } finally {
      end()
    }
  }

  async #writeAll(logs: readonly Log[], onSettled: ListSettled, options: WriteAllOptions): Promise<void> {
    const { account, transform, tap } = this.#parts
    const kept = transform === undefined ? logs : await transform(logs, account.counters)
    if (tap.isOpen) for (const log of kept) tap.offer(log)
    if (kept.length <= MAX_LIST_LOGS) return this.#offerList(kept, onSettled, options)
    const slices = Math.ceil(kept.length / MAX_LIST_LOGS)
    const joined = joinVerdicts(slices, onSettled)
    for (let i = 0; i < slices; i++) {
      const covers = i === slices - 1 ? options.covers : undefined
      await this.#offerList(kept.slice(i * MAX_LIST_LOGS, (i + 1) * MAX_LIST_LOGS), joined, { covers })
    }
  }

  /**
   * Takes logs only if there is memory now, and returns whether it did. A long list is always taken as a whole: its rest waits for
   * memory.
   */
  async tryWriteAll(logs: readonly Log[], onSettled: ListSettled = () => {}): Promise<boolean> {
    const { account, producer } = this.#parts
    const { totalBytes, usedBytes } = producer.metrics().memory
    const bytes = sizeOfLogs(logs)
    if (account.isRevoked || !account.hasRoom(bytes) || usedBytes + bytes > totalBytes) return false
    await this.writeAll(logs, onSettled)
    return true
  }

  /** Writes lines as bytes; resolves when the producer has copied all of them. `onSettled` is called for some lines at a time. */
  writeLines(lines: Lines, onSettled: SomeLinesSettled, origins?: LineOrigins): Promise<void> {
    return this.#writeBytes(new UnwrittenLines(lines), onSettled, origins)
  }

  /** The same with logs that are encoded, `sizeInBytes` long as lines. None of them is left in their buffer. */
  writeLogs(logs: LogBuffer, sizeInBytes: number, onSettled: SomeLinesSettled, origins?: LineOrigins): Promise<void> {
    return this.#writeBytes(new UnwrittenLogs(logs, sizeInBytes), onSettled, origins)
  }

  /** Resolves when everything that was written until now has its result. */
  flush(): Promise<void> {
    return this.#parts.account.whenSettled()
  }

  /** Resolves when there is memory for about this number of bytes. */
  async ready(bytes = 1): Promise<void> {
    while (!this.#parts.account.isRevoked && !this.#parts.account.hasRoom(bytes)) await this.#parts.account.whenFreed()
  }

  async #writeBytes(rest: Unwritten, onSettled: SomeLinesSettled, origins: LineOrigins | undefined): Promise<void> {
    const { account, required } = this.#parts
    const { count } = rest
    while (rest.count > 0) {
      const first = count - rest.count
      if (account.isRevoked) return this.#giveUp(first, rest.count, 'discard', onSettled, origins)
      if (account.hasRoom(rest.bytes)) this.#append(rest, first, onSettled, origins)
      if (rest.count === 0) return
      if (!required) return this.#giveUp(count - rest.count, rest.count, 'drop', onSettled, origins)
      await this.#room(rest.bytes)
    }
  }

  #giveUp(
    first: number,
    lineCount: number,
    how: 'discard' | 'drop',
    onSettled: SomeLinesSettled,
    origins: LineOrigins | undefined,
  ): void {
    origins?.taken(undefined, first, lineCount)
    const settled = (verdict: Verdict) => onSettled(first, lineCount, verdict)
    if (how === 'discard') this.#discard(lineCount, settled)
    else this.#drop(lineCount, settled)
  }

  /** `base` is the number of the first of them for `onSettled` and `origins`. */
  #append(rest: Unwritten, base: number, onSettled: SomeLinesSettled, origins: LineOrigins | undefined): void {
    const { account } = this.#parts
    const { count, bytes } = rest
    const charge = account.charge(count, bytes)
    const settled: LinesSettled = (error, _result, first, lineCount) => {
      const verdict = verdictOf(error)
      this.#count(verdict, lineCount, error)
      account.settle(charge, lineCount)
      onSettled(base + first, lineCount, verdict)
    }
    rest.appendTo(
      this.#target,
      settled,
      origins && {
        upTo: (line) => origins.upTo(base + line),
        taken: (origin, first, lineCount) => origins.taken(origin, base + first, lineCount),
      },
    )
    if (rest.count === 0) return
    account.counters.logs -= rest.count
    account.counters.bytes -= Math.floor((bytes * rest.count) / count)
    account.settle(charge, rest.count)
  }

  async #offerList(logs: readonly Log[], onSettled: ListSettled, options: WriteAllOptions = {}): Promise<void> {
    if (logs.length === 0) return onSettled('delivered', null)
    const { account, required } = this.#parts
    const { covers, sizeInBytes: bytes = sizeOfLogs(logs) } = options
    while (!account.isRevoked) {
      if (account.hasRoom(bytes) && this.#trySend(logs, bytes, onSettled, covers)) return
      if (!required) return this.#drop(logs.length, onSettled)
      await this.#room(bytes)
    }
    this.#discard(logs.length, onSettled)
  }

  #trySend(logs: readonly Log[], bytes: number, onSettled: ListSettled, covers: Covers | undefined): boolean {
    const { producer, destination, account } = this.#parts
    const { length } = logs
    const charge = account.charge(length, bytes)
    // The producer refuses within this turn of the event loop. Nothing may keep a reference to the logs until their result: they would
    // survive every minor garbage collection.
    let held: readonly Log[] | undefined = logs
    const origin = covers?.trail.upTo(covers.position)
    if (origin !== undefined) covers?.trail.cover(origin)
    const request = { ...destination, logs: length === 1 ? logs[0]! : logs, origin }
    const isTaken = producer.trySend(request, (error) => {
      account.settle(charge)
      const verdict = verdictOf(error)
      if (length === 1 && verdict === 'refused' && held !== undefined && origin) covers?.trail.uncover(origin)
      // One log that is refused makes the producer refuse its list: then each log is sent alone.
      if (held !== undefined && length > 1 && verdict === 'refused') return this.#oneByOne(held, bytes, onSettled)
      this.#count(verdict, length, error)
      onSettled(verdict, error)
    })
    queueMicrotask(() => {
      held = undefined
    })
    if (isTaken) return true
    if (origin !== undefined) covers?.trail.uncover(origin)
    account.counters.logs -= length
    account.counters.bytes -= bytes
    account.settle(charge)
    return false
  }

  #oneByOne(logs: readonly Log[], bytes: number, onSettled: ListSettled): void {
    const { counters } = this.#parts.account
    counters.logs -= logs.length
    counters.bytes -= bytes
    const joined = joinVerdicts(logs.length, onSettled)
    const offerAll = async () => {
      for (const log of logs) await this.#offerList([log], joined)
    }
    offerAll().catch(() => {})
  }

  async #room(bytes: number): Promise<void> {
    const { account, producer, destination, abortSignal } = this.#parts
    account.counters.blocked++
    if (!account.hasRoom(bytes)) return account.whenFreed()
    // A closed producer never has room: the write waits until the input ends.
    const room = producer.ready({ project: destination.project, signal: abortSignal })
    await room.catch(() => (abortSignal.aborted ? undefined : aborted(abortSignal)))
  }

  #count(verdict: Verdict, logs: number, error: ProducerError | null): void {
    const { counters } = this.#parts.account
    const failed = verdict === 'delivered' || error === null ? 0 : refusedCount(error) || logs
    counters.failed += failed
    counters.delivered += logs - failed
  }

  #drop(logCount: number, onSettled: ListSettled): void {
    this.#parts.account.counters.dropped += logCount
    onSettled('refused', null)
  }

  #discard(logCount: number, onSettled: ListSettled): void {
    this.#parts.account.counters.discarded += logCount
    onSettled('lost', null)
  }
}

/** Joins several verdicts into one: a loss counts more than a refusal, and both more than a delivery. */
function joinVerdicts(count: number, onSettled: ListSettled): ListSettled {
  let left = count
  let worst: Verdict = 'delivered'
  let firstError: ProducerError | null = null
  return (verdict, error) => {
    if (verdict === 'lost' || worst === 'delivered') worst = verdict
    firstError ??= error
    if (--left === 0) onSettled(worst, firstError)
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
