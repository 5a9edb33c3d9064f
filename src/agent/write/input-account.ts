import { Deferred } from '../../core/deferred.ts'
import { Outstanding } from '../../core/outstanding.ts'
import type { InputCounters } from './input-counters.ts'

/** Something accepted that has no verdict yet. */
export interface Charge {
  logs: number
  bytes: number
}

/**
 * What one run of an input holds of the producer's memory. Its share is a bound: one input that floods waits for its own
 * verdicts, and leaves the rest of the memory to the others. Once revoked, and while it may not write, what the run writes counts for
 * nothing.
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

  /** Whether so many bytes fit the share. Something may always go: a log larger than the share must not wait for ever. */
  hasRoom(bytes: number): boolean {
    return this.#charges.size === 0 || this.#heldBytes + bytes <= this.shareInBytes
  }

  /** A write has begun that may have to wait; returns what ends it. */
  beginWrite(): () => void {
    const write = {}
    this.#writes.add(write)
    return () => this.#writes.delete(write)
  }

  /** Resolves when the writes that have begun until now have handed over their logs. */
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

  /** Some of the logs of a charge, or all, have their verdict. */
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

  /** Resolves when some of the share has come free, or the account is revoked. */
  whenFreed(): Promise<void> {
    if (this.isRevoked) return Promise.resolve()
    this.#freed ??= new Deferred()
    return this.#freed.promise
  }

  /** Resolves when everything charged until now has its verdict. */
  whenSettled(): Promise<void> {
    return this.#charges.whenGone()
  }

  revoke(): void {
    this.#isRevoked = true
    this.#freed?.resolve()
    this.#freed = undefined
  }
}
