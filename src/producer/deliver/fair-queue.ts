import { Fifo } from '../../core/fifo.ts'
import { LinkedSet } from '../../core/linked-set.ts'
import { GroupMap } from '../batch/group-key.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'

type GroupLine = Fifo<ProducerBatch>

/**
 * Batches that wait for a lane. First in, first out within a group; the groups of a project take turns, and so do the
 * projects: a group with a thousand batches delays the single batch of another group by one turn. Projects and groups without
 * waiting batches have no entry.
 */
export class FairQueue {
  readonly #lines = new GroupMap<GroupLine>()
  /** The queues of each project, and the projects, in the order of their turns. */
  readonly #turns = new Map<string, LinkedSet<GroupLine>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(batch: ProducerBatch): void {
    this.#size++
    const { key } = batch
    const waiting = this.#lines.get(key)
    if (waiting !== undefined) return waiting.push(batch)
    const line: GroupLine = new Fifo()
    line.push(batch)
    this.#lines.add(key, line)
    const turns = this.#turns.get(key.project)
    if (turns === undefined) this.#turns.set(key.project, setOf(line))
    else turns.add(line)
  }

  /** Removes a batch that has its verdict: it is the oldest, so it is the first of its queue. */
  forget({ key }: ProducerBatch): void {
    const line = this.#lines.get(key)
    if (!line?.peek()?.hasEnded) return
    for (; line.peek()?.hasEnded; this.#size--) line.shift()
    if (line.size > 0) return
    const turns = this.#turns.get(key.project) as LinkedSet<GroupLine>
    this.#lines.delete(key)
    turns.delete(line)
    if (turns.size === 0) this.#turns.delete(key.project)
  }

  /** The next batch of the first project that may have a lane now. A project that is skipped keeps its place. */
  shift(mayTake: (project: string) => boolean = () => true): ProducerBatch | undefined {
    for (const [project, turns] of this.#turns) {
      if (mayTake(project)) return this.#take(project, turns)
    }
    return undefined
  }

  /** After its turn a project or group goes to the end, if it still has waiting batches. */
  #take(project: string, turns: LinkedSet<GroupLine>): ProducerBatch {
    const line = turns.first as GroupLine
    turns.delete(line)
    const batch = line.shift() as ProducerBatch
    if (line.size > 0) turns.add(line)
    else this.#lines.delete(batch.key)
    this.#turns.delete(project)
    if (turns.size > 0) this.#turns.set(project, turns)
    this.#size--
    return batch
  }
}

function setOf<T>(item: T): LinkedSet<T> {
  const set = new LinkedSet<T>()
  set.add(item)
  return set
}
