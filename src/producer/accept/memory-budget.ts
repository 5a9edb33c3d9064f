import { LinkedSet } from '../../core/linked-set.ts'
import type { MemoryAccount } from '../batch/reservation.ts'

/** `drain` comes when use falls below this share: without the gap, callers would be woken for every batch. */
const ROOM_SHARE = 0.75

/** A claim on memory that has to wait. */
export interface BudgetWaiter {
  readonly project: string
  readonly bytes: number
  /** It was given up (timeout, abort, close), and is skipped when its turn comes. */
  readonly abandoned: boolean
  /** The bytes are reserved, and this claim is over. */
  granted(): void
}

/** The bytes that one project holds, and its waiting claims. A project with neither has no entry. */
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
 * A semaphore, in bytes, over all accepted logs that are not settled yet.
 *
 * A project may hold its share, or a single larger claim while it holds nothing else. Waiting claims of a project are served in
 * order of arrival, and the projects take turns. A claim whose project has used up its share lets others pass. A claim whose turn
 * it is, but for which there is no room, lets no other pass, so that small sends cannot starve a large one.
 */
export class MemoryBudget implements MemoryAccount {
  #totalBytes: number
  #projectShare: number
  #usedBytes = 0
  #highWaterBytes = 0
  readonly #uses = new Map<string, ProjectUse>()
  /** The entry of {@link #uses} that was used last: consecutive logs mostly have the same project (`bench/calling-thread.mjs`). */
  #lastUse: ProjectUse | undefined
  /** The projects with waiting claims, in the order of their turns. */
  readonly #waiting = new Set<ProjectUse>()
  readonly #freed: () => void
  #granting = false

  /**
   * `projectShare` is the part that one project may hold, above 0 and at most 1; 1 if there is only one project. `freed` is called
   * after memory was freed and waiting claims were served.
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

  /** Unused bytes; 0 also when more is in use than the budget has, after it was reduced. */
  get spareBytes(): number {
    return Math.max(0, this.#totalBytes - this.#usedBytes)
  }

  get projectShare(): number {
    return this.#projectShare
  }

  /** Whether claims wait; a claim that was given up counts until its turn comes. */
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
    // Here each waiting claim is held back by the share of its own project.
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

  /** Takes bytes even if there is no room: what was accepted is not refused later. */
  charge(project: string, bytes: number): void {
    this.#take(this.#useOf(project), bytes)
  }

  /** To be called after {@link tryReserve} has refused. */
  wait(waiter: BudgetWaiter): void {
    const use = this.#useOf(waiter.project)
    use.waiters.add(waiter)
    this.#waiting.add(use)
  }

  /** The claim was given up and keeps no memory. {@link grant} must follow. */
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

  /** Serves waiting claims as far as there is room. Call it also after a claim was given up: it may have been the first. */
  grant(): void {
    // A granted send may seal a batch and so release memory: one loop serves all of them, in order.
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

  /** The first project whose share leaves room for its first claim. A project that is skipped keeps its place. */
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

  /** A claim without others always fits: it fitted when it was made, and the budget may have been reduced since. */
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
