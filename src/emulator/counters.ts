import type { Store, StoreStats } from './store/store.ts'

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

export class Counters {
  requests = 0
  writes = 0
  logs = 0
  wireBytes = 0
  rawBytes = 0
  resets = 0
  brokenRequests = 0
  connections = 0
  readonly #refusals = new Map<string, number>()

  countRefusal(errorCode: string): void {
    this.#refusals.set(errorCode, (this.#refusals.get(errorCode) ?? 0) + 1)
  }

  countWrite(logs: number, wireBytes: number, rawBytes: number): void {
    this.writes++
    this.logs += logs
    this.wireBytes += wireBytes
    this.rawBytes += rawBytes
  }

  snapshot(store: Store): EmulatorStats {
    const { requests, writes, logs, wireBytes, rawBytes, resets, brokenRequests, connections } = this
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
