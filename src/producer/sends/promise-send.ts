import type { ProducerError } from '../../core/errors.ts'
import { MAX_RUN_LOGS, type PendingSend, type SendRun } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/** Measured on Node 20, for a log: 106 bytes in a run, and for what its caller waits with 96 (`then`) and more (`await`). */
const HELD_BYTES = 256

/** A send that is told by a promise: its own, or one of a run. */
export class PromiseSend implements PendingSend {
  readonly logCount: number
  #promise: Promise<SendResult> | undefined
  #resolve!: (result: SendResult) => void
  #reject!: (error: ProducerError) => void

  readonly isDurable: boolean

  constructor(logCount: number, isDurable = false) {
    this.logCount = logCount
    this.isDurable = isDurable
  }

  /** Asked for once the send has its place: a promise of a run costs half of one with functions of its own. */
  get promise(): Promise<SendResult> {
    this.#promise ??= new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    return this.#promise
  }

  get heldBytes(): number {
    return HELD_BYTES
  }

  settle(error: ProducerError | null, result: SendResult | undefined): void {
    const { promise } = this
    if (error === null) return this.#resolve(result as SendResult)
    handle(promise)
    this.#reject(error)
  }

  /** One that had to wait for memory has its own promise by now. */
  follow(last: PendingSend | undefined): PendingSend | undefined {
    if (this.logCount !== 1 || this.#promise !== undefined) return this
    const isOpen = last instanceof PromiseRun && last.logCount < MAX_RUN_LOGS && last.isDurable === this.isDurable
    const run = isOpen ? last : new PromiseRun(this.isDurable)
    this.#promise = run.add()
    return isOpen ? undefined : run
  }
}

/**
 * Single logs in a row that are told by promises. Each derives from one root by `then`: that makes a promise without
 * functions to settle it, which hold more than the rest (`bench/throughput.mjs` has it beside callbacks). What `then` calls
 * is called for one promise after the other in their order, and so knows for which.
 */
class PromiseRun implements SendRun {
  readonly #promises: Promise<SendResult>[] = []
  readonly #root: Promise<void>
  #settleAll!: () => void
  #error: ProducerError | null = null
  #result: SendResult | undefined
  /** Once the run is cut, and its promises no longer have one verdict. */
  #own: PromiseSend[] | undefined
  #cutLogs = 0
  #next = 0
  readonly isDurable: boolean

  constructor(isDurable: boolean) {
    this.isDurable = isDurable
    this.#root = new Promise((resolve) => {
      this.#settleAll = resolve
    })
  }

  get logCount(): number {
    return this.#promises.length
  }

  get heldBytes(): number {
    return HELD_BYTES * this.logCount
  }

  add(): Promise<SendResult> {
    const promise = this.#root.then(this.#verdict)
    this.#promises.push(promise)
    return promise
  }

  settle(error: ProducerError | null, result: SendResult | undefined): void {
    this.#error = error
    this.#result = result
    if (error !== null) for (const promise of this.#promises) handle(promise)
    this.#settleAll()
  }

  /** From here on each log has a promise of its own, which the one that its caller holds follows. */
  cut(logCount: number): PendingSend {
    if (this.#own === undefined) {
      for (const promise of this.#promises) handle(promise)
      this.#own = this.#promises.map(() => new PromiseSend(1))
      this.#settleAll()
    }
    const first = this.#cutLogs
    this.#cutLogs += logCount
    return new PromisePiece(this.#own.slice(first, this.#cutLogs))
  }

  readonly #verdict = (): SendResult | Promise<SendResult> => {
    if (this.#own !== undefined) return this.#own[this.#next++]!.promise
    if (this.#error !== null) throw this.#error
    return this.#result as SendResult
  }
}

/** A piece of a run that was cut. */
class PromisePiece implements PendingSend {
  readonly #sends: readonly PromiseSend[]

  constructor(sends: readonly PromiseSend[]) {
    this.#sends = sends
  }

  get logCount(): number {
    return this.#sends.length
  }

  get heldBytes(): number {
    return HELD_BYTES * this.logCount
  }

  settle(error: ProducerError | null, result: SendResult | undefined): void {
    for (const send of this.#sends) send.settle(error, result)
  }
}

/** A caller that does not wait must not bring the process down. Called where a promise fails: most succeed. */
function handle(promise: Promise<SendResult>): void {
  promise.catch(() => {})
}
