import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { ProducerBatch } from '../batch/producer-batch.ts'
import type { KeepOccasion } from './keep-policy.ts'

/** Pause after an append that failed. */
const RETRY_MS = 1_000

/**
 * Batches for which there was no room on disk, in a queue for each project. Later batches of the project are added to the queue, so that a
 * small batch does not overtake a large one, and the batches of a group are written in order. Meanwhile they are delivered from memory.
 */
export class UnkeptBatches {
  readonly #lines = new Map<string, Map<ProducerBatch, KeepOccasion>>()
  readonly #clock: Clock
  /** Resolves to false if there is no room. */
  readonly #write: (batch: ProducerBatch, occasion: KeepOccasion) => Promise<boolean>
  readonly #retry: Alarm
  readonly #trying = new Set<string>()

  constructor(clock: Clock, write: (batch: ProducerBatch, occasion: KeepOccasion) => Promise<boolean>) {
    this.#clock = clock
    this.#write = write
    // Does not keep the process alive: a batch in memory does that.
    this.#retry = new Alarm(clock, () => this.tryAll(), { isBackground: true })
  }

  /** Whether a batch of the project has to wait in the queue. */
  has(project: string): boolean {
    return this.#lines.has(project)
  }

  add(batch: ProducerBatch, occasion: KeepOccasion): void {
    const { project } = batch.key
    const line = this.#lines.get(project) ?? new Map<ProducerBatch, KeepOccasion>()
    // A batch that is in the queue keeps its place.
    if (!line.has(batch)) line.set(batch, occasion)
    this.#lines.set(project, line)
    if (!this.#retry.isSet) this.#tryLater()
  }

  /** The batch has its verdict or is on disk. */
  delete(batch: ProducerBatch): void {
    const { project } = batch.key
    const line = this.#lines.get(project)
    if (line?.delete(batch) && line.size === 0) this.#lines.delete(project)
  }

  /** There may be room. */
  tryAll(): void {
    this.#retry.clear()
    for (const project of this.#lines.keys()) void this.#tryLine(project)
  }

  close(): void {
    this.#retry.clear()
  }

  async #tryLine(project: string): Promise<void> {
    if (this.#trying.has(project)) return
    this.#trying.add(project)
    for (const [batch, occasion] of this.#lines.get(project) ?? []) {
      if (!(await this.#write(batch, occasion))) break
      this.delete(batch)
    }
    this.#trying.delete(project)
    if (this.#lines.has(project) && !this.#retry.isSet) this.#tryLater()
  }

  #tryLater(): void {
    this.#retry.set(this.#clock.monotonicMs() + RETRY_MS)
  }
}
