import type { Clock } from '../core/clock.ts'
import { type FinishedRequest, RequestLog } from './request-log.ts'
import type { Store, StoreStats } from './store/store.ts'
import { Throughput } from './throughput.ts'

/** Totals of an emulator. Reading them changes nothing. */
export interface EmulatorStats extends StoreStats {
  /** Requests of every kind, including refused ones. */
  readonly requests: number
  /** Accepted writes. */
  readonly writes: number
  /** Accepted logs. A batch that is sent twice counts twice. */
  readonly logs: number
  /** Bytes of the bodies of accepted writes, as sent. */
  readonly wireBytes: number
  /** Bytes of the bodies of accepted writes, before compression. */
  readonly rawBytes: number
  /** Refused requests by error code, including scripted ones. */
  readonly refusals: Readonly<Record<string, number>>
  /** Connections that a script rule has reset. */
  readonly resets: number
  /** Connections that were closed because what they sent was not HTTP. */
  readonly brokenRequests: number
  /** Open connections. */
  readonly connections: number
}

/** Counts the work of the emulator: totals, figures per second, and the newest requests. */
export class Counters {
  readonly log = new RequestLog()
  readonly throughput = new Throughput()
  requests = 0
  writes = 0
  logs = 0
  wireBytes = 0
  rawBytes = 0
  resets = 0
  brokenRequests = 0
  readonly #clock: Clock
  readonly #refusals = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Records a request that has been answered or will not be answered. */
  recordRequest(finished: FinishedRequest): void {
    this.log.add(finished)
    this.throughput.add(this.#clock.now(), 'requests', 1)
  }

  /** Counts a refused request. */
  countRefusal(errorCode: string): void {
    this.throughput.add(this.#clock.now(), 'refusals', 1)
    this.#refusals.set(errorCode, (this.#refusals.get(errorCode) ?? 0) + 1)
  }

  /** Counts an accepted write. */
  countWrite(logs: number, wireBytes: number, rawBytes: number): void {
    const nowMs = this.#clock.now()
    this.throughput.add(nowMs, 'writes', 1)
    this.throughput.add(nowMs, 'logs', logs)
    this.throughput.add(nowMs, 'wireBytes', wireBytes)
    this.throughput.add(nowMs, 'rawBytes', rawBytes)
    this.writes++
    this.logs += logs
    this.wireBytes += wireBytes
    this.rawBytes += rawBytes
  }

  /** All totals. */
  snapshot(store: Store, connections: number): EmulatorStats {
    const { requests, writes, logs, wireBytes, rawBytes, resets, brokenRequests } = this
    const refusals = Object.fromEntries(this.#refusals)
    return {
      requests,
      writes,
      logs,
      wireBytes,
      rawBytes,
      refusals,
      resets,
      brokenRequests,
      connections,
      ...store.stats,
    }
  }
}
