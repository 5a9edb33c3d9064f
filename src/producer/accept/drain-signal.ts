import { AbortWatch } from '../../core/abort-watch.ts'
import { Deferred } from '../../core/deferred.ts'
import type { ProducerError } from '../../core/errors.ts'

/**
 * What callers that do not wait inside `send` go by: somebody was refused, and later there is room again for the project
 * that was refused. Room that another project has wakes nobody.
 */
export class DrainSignal {
  readonly #emitDrain: () => void
  readonly #waiting = new Set<Deferred<void>>()
  readonly #bySignal = new AbortWatch<Deferred<void>>((waiting, signal) => waiting.reject(signal.reason))
  readonly #fullProjects = new Set<string>()

  constructor(emitDrain: () => void) {
    this.#emitDrain = emitDrain
  }

  get isFull(): boolean {
    return this.#fullProjects.size > 0
  }

  /** Somebody found no room. */
  full(project: string): void {
    this.#fullProjects.add(project)
  }

  /** To be told after each release of memory. */
  freed(hasRoom: (project: string) => boolean): void {
    let isDrained = false
    for (const project of this.#fullProjects) {
      if (hasRoom(project)) isDrained = this.#fullProjects.delete(project)
    }
    if (!isDrained) return
    this.#settleAll((waiting) => waiting.resolve())
    this.#emitDrain()
  }

  /** What comes free from here on is room for nobody. */
  close(error: ProducerError): void {
    this.#fullProjects.clear()
    this.#settleAll((waiting) => waiting.reject(error))
  }

  async wait(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw signal.reason
    const waiting = new Deferred<void>()
    if (signal !== undefined) this.#bySignal.add(signal, waiting)
    this.#waiting.add(waiting)
    try {
      await waiting.promise
    } finally {
      this.#waiting.delete(waiting)
      if (signal !== undefined) this.#bySignal.delete(signal, waiting)
    }
  }

  #settleAll(settle: (waiting: Deferred<void>) => void): void {
    for (const waiting of this.#waiting) settle(waiting)
    this.#waiting.clear()
  }
}
