import type { Clock } from '../core/clock.ts'
import { type FinishedRequest, RequestLog } from './request-log.ts'
import type { Store, StoreStats } from './store/store.ts'
import { Throughput } from './throughput.ts'

/** A snapshot of what the emulator has seen. Reading changes nothing. */
export interface EmulatorStats extends StoreStats {
  /** Requests of every kind, refused ones included. */
  readonly requests: number
  /** Writes that were accepted. */
  readonly writes: number
  /** Logs that were accepted; a batch that is sent twice counts twice. */
  readonly logs: number
  /** Bodies of accepted writes as sent. */
  readonly wireBytes: number
  /** The same before compression. */
  readonly rawBytes: number
  /** Refused requests by error code, scripted ones included. */
  readonly refusals: Readonly<Record<string, number>>
  /** Connections that a script has reset. */
  readonly resets: number
  /** Connections that broke HTTP itself. */
  readonly brokenRequests: number
  /** Connections open now. */
  readonly connections: number
}

/** What the emulator has seen: totals, figures by second, and the newest requests. */
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

  /** A request that has its answer, or will not get one. */
  recordRequest(finished: FinishedRequest): void {
    this.log.add(finished)
    this.throughput.add(this.#clock.now(), 'requests', 1)
  }

  /** A refused request, by its error code. */
  countRefusal(errorCode: string): void {
    this.throughput.add(this.#clock.now(), 'refusals', 1)
    this.#refusals.set(errorCode, (this.#refusals.get(errorCode) ?? 0) + 1)
  }

  /** A write that was accepted. */
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
