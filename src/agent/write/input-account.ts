import { Deferred } from '../../core/deferred.ts'
import { Outstanding } from '../../core/outstanding.ts'
import type { InputCounters } from './input-counters.ts'

/** Logs that the producer has accepted and that have no result yet. */
export interface Charge {
  logs: number
  bytes: number
}

/**
 * The memory of the producer that one run of an input uses. It is bounded by the share of the input: an input that writes too fast
 * waits for its own results, and the other inputs keep the rest of the memory. Logs that the run writes after it was revoked, or
 * while it may not write, are discarded.
 */
export class InputAccount {
  readonly counters: InputCounters
  readonly shareInBytes: number
  readonly #mayWrite: () => boolean
  readonly #charges = new Outstanding<Charge>()
  readonly #writes = new Outstanding<object>()
  #heldBytes = 0
  #isRevoked = false
  #freed: Deferred<void> | undefined

  /** @param mayWrite asked before each write, such as whether a lease still holds */
  constructor(counters: InputCounters, shareInBytes: number, mayWrite: () => boolean = () => true) {
    this.counters = counters
    this.shareInBytes = shareInBytes
    this.#mayWrite = mayWrite
  }

  get isRevoked(): boolean {
    return this.#isRevoked || !this.#mayWrite()
  }

  /** Whether so many bytes fit the share. If the input holds nothing, any size fits: a log larger than the share must not wait for ever. */
  hasRoom(bytes: number): boolean {
    return this.#charges.size === 0 || this.#heldBytes + bytes <= this.shareInBytes
  }

  /** Begins a write that may have to wait. Returns the function that ends it. */
  beginWrite(): () => void {
    const write = {}
    this.#writes.add(write)
    return () => this.#writes.delete(write)
  }

  /** Resolves when the writes that have begun until now are over. */
  whenHandedOver(): Promise<void> {
    return this.#writes.whenGone()
  }

  charge(logs: number, bytes: number): Charge {
    const charge = { logs, bytes }
    this.#charges.add(charge)
    this.#heldBytes += bytes
    this.counters.logs += logs
    this.counters.bytes += bytes
    this.counters.inFlightLogs += logs
    this.counters.inFlightBytes += bytes
    return charge
  }

  /** Some of the logs of a charge, or all, have their result. */
  settle(charge: Charge, logs = charge.logs): void {
    const bytes = logs >= charge.logs ? charge.bytes : Math.floor((charge.bytes * logs) / charge.logs)
    charge.logs -= logs
    charge.bytes -= bytes
    this.#heldBytes -= bytes
    this.counters.inFlightLogs -= logs
    this.counters.inFlightBytes -= bytes
    if (charge.logs <= 0) this.#charges.delete(charge)
    this.#freed?.resolve()
    this.#freed = undefined
  }

  /** Resolves when some of the share is free again, or the account is revoked. */
  whenFreed(): Promise<void> {
    if (this.isRevoked) return Promise.resolve()
    this.#freed ??= new Deferred()
    return this.#freed.promise
  }

  /** Resolves when everything charged until now has its result. */
  whenSettled(): Promise<void> {
    return this.#charges.whenGone()
  }

  revoke(): void {
    this.#isRevoked = true
    this.#freed?.resolve()
    this.#freed = undefined
  }
}
