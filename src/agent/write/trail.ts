import type { Origin } from '../../producer/sends/origin.ts'
import { SettledPrefix, type Stretch } from './settled-prefix.ts'

/**
 * The way of an input through something that can be read again: how far it has handed over, and how far that is settled. What a
 * send covers begins where the one before it ended, so that what became no log, an empty chunk or a log that a transform left out,
 * is covered too.
 */
export class Trail {
  readonly settled: SettledPrefix<number>
  readonly #nameOf: () => string
  #covered: number

  /** @param nameOf what the source is called in an {@link Origin}; it may become more exact while it is read */
  constructor(start: number, nameOf: () => string, onChange: () => void) {
    this.settled = new SettledPrefix(start, onChange)
    this.#nameOf = nameOf
    this.#covered = start
  }

  /** Of what is handed over next, up to `position`. */
  upTo(position: number): Origin {
    return { name: this.#nameOf(), from: this.#covered, to: position }
  }

  /** Logs with this origin were taken. */
  cover({ to }: Origin): void {
    this.#covered = to
  }

  /** They were not, after all: they are in no batch. */
  uncover({ from }: Origin): void {
    this.#covered = Math.min(this.#covered, from)
  }

  /** Logs up to `position` are handed over, and wait for their verdicts. */
  begin(position: number, logCount: number): Stretch<number> {
    return this.settled.begin(position, logCount)
  }

  /** After a loss: all is read again from the last settled position on. */
  goBack(): void {
    this.settled.restart()
    this.#covered = this.settled.position
  }
}

/** What a list of logs covers of a trail. */
export interface Covers {
  readonly trail: Trail
  readonly position: number
}
