/**
 * Encoded logs on their way into a batch. The encoder is one, valid until it encodes again; {@link HeldLogs} is a copy
 * that lasts, for a send that has to wait.
 */
export interface EncodedLogs {
  readonly logCount: number
  readonly sizeInBytes: number
  /** Where log `index` ends, in bytes from the start of the first. */
  endOf(index: number): number
  writeTo(target: Buffer, at: number): void
  writeRangeTo(target: Buffer, at: number, firstLog: number, lastLogExclusive: number): void
}

/** A list of logs that are put into batches a run at a time: what counts as the encoded logs is the run that was selected last. */
export interface LogRuns extends EncodedLogs {
  /** All logs of the list. */
  readonly count: number
  /** Encoded bytes of one of them. */
  sizeOf(index: number): number
  /** Picks a run, whose sizes sum up to `sizeInBytes`. */
  select(first: number, lastExclusive: number, sizeInBytes: number): void
}

export class HeldLogs implements EncodedLogs {
  readonly #bytes: Buffer
  readonly #ends: Uint32Array

  constructor(logs: EncodedLogs) {
    this.#bytes = Buffer.allocUnsafeSlow(logs.sizeInBytes)
    logs.writeTo(this.#bytes, 0)
    this.#ends = Uint32Array.from({ length: logs.logCount }, (_, index) => logs.endOf(index))
  }

  get logCount(): number {
    return this.#ends.length
  }

  get sizeInBytes(): number {
    return this.#bytes.length
  }

  endOf(index: number): number {
    return this.#ends[index] as number
  }

  writeTo(target: Buffer, at: number): void {
    this.#bytes.copy(target, at)
  }

  writeRangeTo(target: Buffer, at: number, firstLog: number, lastLogExclusive: number): void {
    const start = firstLog === 0 ? 0 : this.endOf(firstLog - 1)
    this.#bytes.copy(target, at, start, this.endOf(lastLogExclusive - 1))
  }
}

/** A run of logs that fits one request. */
export interface LogRange {
  readonly firstLog: number
  readonly lastLogExclusive: number
  readonly sizeInBytes: number
}

/** Cuts logs into as few requests as their order allows. No single log may be larger than `maxBytes`. */
export function* splitIntoRequests(logs: EncodedLogs, maxBytes: number, maxLogs: number): Generator<LogRange> {
  let firstLog = 0
  let start = 0
  for (let next = 1; next <= logs.logCount; next++) {
    const isLast = next === logs.logCount
    const fitsOneMore = !isLast && logs.endOf(next) - start <= maxBytes && next - firstLog < maxLogs
    if (fitsOneMore) continue
    const end = logs.endOf(next - 1)
    yield { firstLog, lastLogExclusive: next, sizeInBytes: end - start }
    firstLog = next
    start = end
  }
}
