import { Fifo } from '../../core/fifo.ts'
import { GroupMap } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

interface Line {
  /** The batch in flight or between two attempts: it holds back the others of its group. */
  current: ProducerBatch
  /** The batches behind it; most groups have none. */
  later: Fifo<ProducerBatch> | undefined
}

/**
 * Keeps the order of each group: one batch of a group is on its way at a time, from its first attempt to its verdict.
 * Batches wait here and not in a lane, so that the order depends neither on the lane of a group nor on the number of lanes.
 */
export class GroupOrder {
  readonly #lines = new GroupMap<Line>()
  #waiting = 0

  /** Batches that wait for an earlier one of their group. */
  get waiting(): number {
    return this.#waiting
  }

  /** Returns true if it is the batch's turn; otherwise it waits for {@link leave}. */
  enter(batch: ProducerBatch): boolean {
    const line = this.#lines.get(batch.key)
    if (line === undefined) {
      this.#lines.add(batch.key, { current: batch, later: undefined })
      return true
    }
    if (line.current === batch) return true
    line.later ??= new Fifo()
    line.later.push(batch)
    this.#waiting++
    return false
  }

  /** The batch has its verdict. Returns the next of its group, whose turn it now is. */
  leave(batch: ProducerBatch): ProducerBatch | undefined {
    const line = this.#lines.get(batch.key)
    if (line?.current !== batch) return this.#forgetEnded(line)
    const next = this.#nextOf(line)
    if (next === undefined) this.#lines.delete(batch.key)
    else line.current = next
    return next
  }

  /** Removes a batch that got its verdict while it waited: if it is the first now, else when its turn comes. */
  #forgetEnded(line: Line | undefined): undefined {
    for (const later = line?.later; later?.peek()?.hasEnded; this.#waiting--) later.shift()
  }

  #nextOf({ later }: Line): ProducerBatch | undefined {
    for (let next = later?.shift(); next !== undefined; next = later?.shift()) {
      this.#waiting--
      if (!next.hasEnded) return next
    }
    return undefined
  }
}
