import type { DrainSignal } from './accept/drain-signal.ts'
import type { Intake } from './accept/intake.ts'
import type { MemoryBudget } from './accept/memory-budget.ts'
import type { IncompleteBatch, IncompleteBatches } from './accumulate/incomplete-batches.ts'
import type { LogAccumulator } from './accumulate/log-accumulator.ts'
import type { Keep } from './keep/keep.ts'
import type { LiveOptions } from './options.ts'

export interface MemoryShortageParts {
  readonly options: LiveOptions
  readonly budget: MemoryBudget
  readonly drain: DrainSignal
  readonly intake: Intake
  readonly incomplete: IncompleteBatches
  readonly accumulator: LogAccumulator
  readonly keep: Keep | undefined
  /** If more than this share of all memory is in use, batches go to disk. */
  readonly spillAt: number
}

/** Frees memory when it runs short: open batches are sealed early, sealed ones go to disk, or the oldest are dropped. */
export class MemoryShortage {
  readonly #parts: MemoryShortageParts
  /** A send waits until batches in memory have gone to disk. */
  #isSpilling = false

  constructor(parts: MemoryShortageParts) {
    this.#parts = parts
  }

  /** A `trySend` found no room. */
  full(projects: Iterable<string> = this.#parts.intake.blockedProjects()): void {
    for (const project of projects) this.#parts.drain.full(project)
    this.relieve()
  }

  /** A send waits for memory; with `isSpill`, batches in memory go to disk for it. */
  blocked(isSpill: boolean): void {
    if (isSpill) this.#isSpilling = true
    this.spill()
    this.relieve()
  }

  /**
   * If sends wait for memory and open batches hold all of it, seals them: nothing else would free memory before the linger is over.
   * While sealed batches are on their way it seals nothing early, or each release of memory would make the next batches smaller.
   * The same applies to each project, which may have to wait for its own share.
   */
  relieve(): void {
    const { intake, drain, incomplete, accumulator } = this.#parts
    if (intake.blockedSends === 0 && !drain.isFull) return
    if (incomplete.sealedCount() === 0) return accumulator.sealAll('memory')
    for (const project of intake.blockedProjects()) {
      if (incomplete.sealedCount(project) === 0) accumulator.sealAll('memory', project)
    }
  }

  /** Writes batches to disk, or frees the bytes of those that are already there. */
  spill(): void {
    const { keep, intake, options, budget, incomplete, spillAt } = this.#parts
    if (keep === undefined) return
    this.#isSpilling &&= intake.blockedSends > 0
    const occasion = this.#isSpilling || options.current.overflow === 'spill' ? 'spill' : 'pressure'
    const excessBytes = budget.usedBytes - budget.totalBytes * spillAt
    if (excessBytes > 0) keep.relieve([...incomplete], excessBytes, occasion)
  }

  /**
   * Returns the oldest batches of a project that are not on the wire, as many as make room for this number of bytes. Returns none
   * if all of them together would not: nothing is dropped without effect.
   */
  oldestToDrop(project: string, bytes: number): IncompleteBatch[] {
    const { budget, incomplete } = this.#parts
    const victims: IncompleteBatch[] = []
    let freedBytes = 0
    for (const batch of incomplete.waiting(project)) {
      victims.push(batch)
      freedBytes += batch.reservedBytes
      if (budget.fitsWithout(project, freedBytes, bytes)) return victims
    }
    return []
  }
}
