import { limits } from '../limits.ts'
import { logTooLarge, tooManyObjects } from './invalid-log.ts'

/** Far more than a log that is meant has: for graphs that share or make their parts without end. */
const MOST_OBJECTS = 250_000

/** What one walk over a value has written, and what it is inside of: it ends, whatever the graph of the value is. */
export class TextBudget {
  /** Objects whose inside is being written: meeting one again is a circle. */
  readonly #ancestors = new Set<object>()
  #characters = 0
  #objects = 0

  /** @throws ProducerError `ERR_LOGHUB_LOG_TOO_LARGE` when all that was spent is more than a log may have */
  spend(text: string): string {
    this.#characters += text.length
    if (this.#characters > limits.requestInBytes) throw logTooLarge(`at least ${this.#characters}`)
    return text
  }

  isInside(value: object): boolean {
    return this.#ancestors.has(value)
  }

  /**
   * `given` is what had the value as its `toJSON`, where that is another.
   * @throws ProducerError `ERR_LOGHUB_LOG_TOO_LARGE` for one object too many
   */
  enter(value: object, given = value): void {
    if (++this.#objects > MOST_OBJECTS) throw tooManyObjects(MOST_OBJECTS)
    this.#ancestors.add(value)
    if (given !== value) this.#ancestors.add(given)
  }

  leave(value: object, given = value): void {
    this.#ancestors.delete(value)
    if (given !== value) this.#ancestors.delete(given)
  }
}

export const CIRCULAR = '[Circular]'
