import type { Origin } from '../../producer/sends/origin.ts'
import { SettledPrefix, type Stretch } from './settled-prefix.ts'

/**
 * The progress of an input through a source that can be read again: up to where its logs were sent, and up to where they are settled.
 * The range of a send begins where that of the send before it ended. So it contains what became no log, such as an empty chunk, or a
 * log that a transform left out.
 */
export class Trail {
  readonly settled: SettledPrefix<number>
  readonly #nameOf: () => string
  #covered: number

  /** @param nameOf returns the name of the source in an {@link Origin}; it may become more exact while the source is read */
  constructor(start: number, nameOf: () => string, onChange: () => void) {
    this.settled = new SettledPrefix(start, onChange)
    this.#nameOf = nameOf
    this.#covered = start
  }

  /** The origin of the logs that are sent next, up to `position`. */
  upTo(position: number): Origin {
    return { name: this.#nameOf(), from: this.#covered, to: position }
  }

  /** Logs with this origin were taken. */
  cover({ to }: Origin): void {
    this.#covered = to
  }

  /** Takes {@link cover} back: the logs are in no batch. */
  uncover({ from }: Origin): void {
    this.#covered = Math.min(this.#covered, from)
  }

  /** Logs up to `position` are sent, and have no result yet. */
  begin(position: number, logCount: number): Stretch<number> {
    return this.settled.begin(position, logCount)
  }

  /** After a loss: everything from the last settled position on is read again. */
  goBack(): void {
    this.settled.restart()
    this.#covered = this.settled.position
  }
}

/** The range of a trail that a list of logs covers. */
export interface Covers {
  readonly trail: Trail
  readonly position: number
}
