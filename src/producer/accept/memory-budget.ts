import { LinkedSet } from '../../core/linked-set.ts'
import type { MemoryAccount } from '../batch/reservation.ts'

/** Below this share there is room again: with no gap in between, callers would be woken for every batch. */
const ROOM_SHARE = 0.75

/** A claim on memory that has to wait. */
export interface BudgetWaiter {
  readonly project: string
  readonly bytes: number
  /** Given up (timeout, abort, close): skipped when its turn comes. */
  readonly abandoned: boolean
  /** The bytes are reserved, and this claim is over. */
  granted(): void
}

/** What one project holds, and its claims that wait. There is none for a project with neither. */
class ProjectUse {
  readonly project: string
  readonly waiters = new LinkedSet<BudgetWaiter>()
  usedBytes = 0

  constructor(project: string) {
    this.project = project
  }

  nextWaiter(): BudgetWaiter | undefined {
    for (let first = this.waiters.first; first?.abandoned; first = this.waiters.first) this.waiters.delete(first)
    return this.waiters.first
  }
}

/**
 * The semaphore over everything accepted and not yet settled, in bytes.
 *
 * A project may hold its share, and a single claim larger than that while the project holds nothing else. Claims that
 * wait are served first come, first served within a project, and the projects take turns. Whose project has its share
 * lets others pass; whose turn it is and lacks room lets nobody pass, so that small sends cannot starve a large one.
 */
export class MemoryBudget implements MemoryAccount {
  #totalBytes: number
  #projectShare: number
  #usedBytes = 0
  #highWaterBytes = 0
  readonly #uses = new Map<string, ProjectUse>()
  /** Of {@link #uses}, the one asked for last: most logs in a row are of one project (`bench/calling-thread.mjs`). */
  #lastUse: ProjectUse | undefined
  /** Those with claims that wait, in the order of their turns. */
  readonly #waiting = new Set<ProjectUse>()
  readonly #freed: () => void
  #granting = false

  /**
   * `projectShare` is what one project may hold, above 0 and at most 1: 1 where there is only one. `freed` is called after
   * memory came free and those that waited for it were served.
   */
  constructor(totalBytes: number, projectShare = 1, freed = () => {}) {
    this.#totalBytes = totalBytes
    this.#projectShare = projectShare
    this.#freed = freed
  }

  get totalBytes(): number {
    return this.#totalBytes
  }

  get usedBytes(): number {
    return this.#usedBytes
  }

  get highWaterBytes(): number {
    return this.#highWaterBytes
  }

  /** What nobody uses: 0 also where more is in use than there is, since it became less. */
  get spareBytes(): number {
    return Math.max(0, this.#totalBytes - this.#usedBytes)
  }

  get projectShare(): number {
    return this.#projectShare
  }

  /** Whether somebody may wait: who gave up is counted until his turn comes. */
  get hasWaiters(): boolean {
    return this.#waiting.size > 0
  }

  usedBytesOf(project: string): number {
    return this.#uses.get(project)?.usedBytes ?? 0
  }

  /** The projects that hold memory or wait for it. */
  *usedBytesByProject(): Generator<readonly [project: string, usedBytes: number]> {
    for (const [project, { usedBytes }] of this.#uses) yield [project, usedBytes]
  }

  tryReserve(project: string, bytes: number): boolean {
    if (this.#usedBytes + bytes > this.#totalBytes) return false
    if (this.#waiting.size > 0 && this.#nextTurn() !== undefined) return false
    const use = this.#useOf(project)
    // Here everybody who waits is held back by the share of his own project.
    if (use.waiters.size > 0 || !this.#isWithinShare(use, bytes)) return false
    this.#take(use, bytes)
    return true
  }

  tryCharge(project: string, bytes: number, mostUsed: number): boolean {
    if (this.#usedBytes + bytes > this.#totalBytes * mostUsed) return false
    const use = this.#useOf(project)
    if (use.usedBytes + bytes > this.#totalBytes * this.#projectShare * mostUsed) return false
    this.#take(use, bytes)
    return true
  }

  /** Whether a project that was refused should try again. */
  hasRoom(project: string): boolean {
    const most = this.#totalBytes * ROOM_SHARE
    return this.#usedBytes <= most && this.usedBytesOf(project) <= most * this.#projectShare
  }

  /** Whether bytes would fit once the project has given back some. */
  fitsWithout(project: string, freedBytes: number, bytes: number): boolean {
    const own = this.usedBytesOf(project) - freedBytes
    if (this.#usedBytes - freedBytes + bytes > this.#totalBytes) return false
    return own === 0 || own + bytes <= this.#totalBytes * this.#projectShare
  }

  /** Takes bytes that are in use already, room or not: what was accepted once is not refused later. */
  charge(project: string, bytes: number): void {
    this.#take(this.#useOf(project), bytes)
  }

  /** To be called after {@link tryReserve} has refused. */
  wait(waiter: BudgetWaiter): void {
    const use = this.#useOf(waiter.project)
    use.waiters.add(waiter)
    this.#waiting.add(use)
  }

  /** The claim was given up: nothing of it is kept, wherever it stands. {@link grant} must follow. */
  forget(waiter: BudgetWaiter): void {
    const use = this.#uses.get(waiter.project)
    use?.waiters.delete(waiter)
    if (use === undefined || use.waiters.size > 0) return
    this.#waiting.delete(use)
    this.#forgetIdle(use)
  }

  release(project: string, bytes: number): void {
    const use = this.#useOf(project)
    use.usedBytes -= bytes
    this.#usedBytes -= bytes
    this.#forgetIdle(use)
    this.grant()
    this.#freed()
  }

  resize(totalBytes: number, projectShare = this.#projectShare): void {
    this.#totalBytes = totalBytes
    this.#projectShare = projectShare
    this.grant()
    this.#freed()
  }

  /** Serves those who wait as far as there is room. To be called also when a waiter was abandoned: it may have been in front. */
  grant(): void {
    // A granted send may seal a batch and so release memory: one loop serves them all, in order.
    if (this.#granting) return
    this.#granting = true
    try {
      for (let use = this.#nextTurn(); use !== undefined; use = this.#nextTurn()) {
        const waiter = use.waiters.first as BudgetWaiter
        if (!this.#fitsNow(waiter.bytes)) break
        use.waiters.delete(waiter)
        this.#waiting.delete(use)
        if (use.waiters.size > 0) this.#waiting.add(use)
        this.#take(use, waiter.bytes)
        waiter.granted()
      }
    } finally {
      this.#granting = false
    }
  }

  /** The first project whose share leaves room for its first claim. One that has to be passed over keeps its place. */
  #nextTurn(): ProjectUse | undefined {
    for (const use of this.#waiting) {
      const waiter = use.nextWaiter()
      if (waiter === undefined) {
        this.#waiting.delete(use)
        this.#forgetIdle(use)
      } else if (this.#isWithinShare(use, waiter.bytes)) return use
    }
    return undefined
  }

  /** Alone, any claim gets in: it fitted when it was made, and the budget may have become smaller than it since. */
  #fitsNow(bytes: number): boolean {
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#totalBytes
  }

  #isWithinShare(use: ProjectUse, bytes: number): boolean {
    return use.usedBytes === 0 || use.usedBytes + bytes <= this.#totalBytes * this.#projectShare
  }

  #take(use: ProjectUse, bytes: number): void {
    use.usedBytes += bytes
    this.#usedBytes += bytes
    if (this.#usedBytes > this.#highWaterBytes) this.#highWaterBytes = this.#usedBytes
  }

  #useOf(project: string): ProjectUse {
    if (this.#lastUse?.project === project) return this.#lastUse
    let use = this.#uses.get(project)
    if (use === undefined) {
      use = new ProjectUse(project)
      this.#uses.set(project, use)
    }
    this.#lastUse = use
    return use
  }

  #forgetIdle(use: ProjectUse): void {
    if (use.usedBytes > 0 || use.waiters.size > 0) return
    this.#uses.delete(use.project)
    if (this.#lastUse === use) this.#lastUse = undefined
  }
}
