import { AbortWatch } from '../../core/abort-watch.ts'
import { Deferred } from '../../core/deferred.ts'
import type { ProducerError } from '../../core/errors.ts'

/**
 * Signals room to callers that do not wait inside `send`: after a refusal, it tells when there is room again for the project that
 * was refused. Room for another project does not count.
 */
export class DrainSignal {
  readonly #emitDrain: () => void
  /** The waiting callers, each with the project that it waits for; undefined: any project that is full. */
  readonly #waiting = new Map<Deferred<void>, string | undefined>()
  readonly #bySignal = new AbortWatch<Deferred<void>>((waiting, signal) => waiting.reject(signal.reason))
  readonly #fullProjects = new Set<string>()

  constructor(emitDrain: () => void) {
    this.#emitDrain = emitDrain
  }

  get isFull(): boolean {
    return this.#fullProjects.size > 0
  }

  isFullFor(project: string | undefined): boolean {
    return project === undefined ? this.isFull : this.#fullProjects.has(project)
  }

  /** A send found no room. */
  full(project: string): void {
    this.#fullProjects.add(project)
  }

  /** Call it after each release of memory. */
  freed(hasRoom: (project: string) => boolean): void {
    const drained = [...this.#fullProjects].filter(hasRoom)
    if (drained.length === 0) return
    for (const project of drained) this.#fullProjects.delete(project)
    for (const [waiting, project] of this.#waiting) {
      if (project === undefined || drained.includes(project)) waiting.resolve()
    }
    this.#emitDrain()
  }

  /** The producer closes: memory that is freed from now on is not signalled. */
  close(error: ProducerError): void {
    this.#fullProjects.clear()
    for (const waiting of this.#waiting.keys()) waiting.reject(error)
  }

  async wait(project: string | undefined, signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) throw signal.reason
    const waiting = new Deferred<void>()
    if (signal !== undefined) this.#bySignal.add(signal, waiting)
    this.#waiting.set(waiting, project)
    try {
      await waiting.promise
    } finally {
      this.#waiting.delete(waiting)
      if (signal !== undefined) this.#bySignal.delete(signal, waiting)
    }
  }
}
