/** The memory budget as batches see it. */
export interface MemoryAccount {
  /**
   * Takes bytes if no more than `mostUsed` of all memory is in use then: 1 is all of it. Whoever waits may be passed by: a batch
   * grows only for logs whose turn it is, and those behind them fill what it takes.
   */
  tryCharge(project: string, bytes: number, mostUsed: number): boolean
  /** Takes bytes, room or not: what is held is counted. */
  charge(project: string, bytes: number): void
  release(project: string, bytes: number): void
}

/** Bytes of the memory budget that something holds. They go back once, by {@link release}, wherever it is held by then. */
export class Reservation {
  readonly #account: MemoryAccount
  readonly #project: string
  #bytes: number

  /** `bytes` are taken from the account already. */
  constructor(account: MemoryAccount, project: string, bytes = 0) {
    this.#account = account
    this.#project = project
    this.#bytes = bytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Holds more, if no more than `mostUsed` of all memory is in use then. */
  tryGrow(bytes: number, mostUsed: number): boolean {
    if (!this.#account.tryCharge(this.#project, bytes, mostUsed)) return false
    this.#bytes += bytes
    return true
  }

  /** Takes over bytes of the same project that are taken from the account already. */
  absorb(bytes: number): void {
    this.#bytes += bytes
  }

  /** Holds this many from now on, room or not. What comes free may be granted, and used, before this returns. */
  resize(bytes: number): void {
    const change = bytes - this.#bytes
    this.#bytes = bytes
    if (change > 0) this.#account.charge(this.#project, change)
    else if (change < 0) this.#account.release(this.#project, -change)
  }

  /** Some of the bytes, or all that are left, as a reservation of its own. */
  split(bytes = this.#bytes): Reservation {
    this.#bytes -= bytes
    return new Reservation(this.#account, this.#project, bytes)
  }

  release(): void {
    this.resize(0)
  }
}

/** For batches outside any budget. */
export const UNLIMITED_MEMORY: MemoryAccount = { tryCharge: () => true, charge: () => {}, release: () => {} }
