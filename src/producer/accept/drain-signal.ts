import { AbortWatch } from '../../core/abort-watch.ts'
import { Deferred } from '../../core/deferred.ts'
import type { ProducerError } from '../../core/errors.ts'

/**
 * What callers that do not wait inside `send` go by: somebody was refused, and later there is room again for the project
 * that was refused. Room that another project has wakes nobody.
 */
export class DrainSignal {
  readonly #emitDrain: () => void
  /** Those that wait, and for room of which project: of any that is full where none is named. */
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

  /** Somebody found no room. */
  full(project: string): void {
    this.#fullProjects.add(project)
  }

  /** To be told after each release of memory. */
  freed(hasRoom: (project: string) => boolean): void {
    const drained = [...this.#fullProjects].filter(hasRoom)
    if (drained.length === 0) return
    for (const project of drained) this.#fullProjects.delete(project)
    for (const [waiting, project] of this.#waiting) {
      if (project === undefined || drained.includes(project)) waiting.resolve()
    }
    this.#emitDrain()
  }

  /** What comes free from here on is room for nobody. */
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
