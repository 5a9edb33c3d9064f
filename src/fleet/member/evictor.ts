import type { Clock } from '../../core/clock.ts'
import type { Coordinator } from '../coordinator/coordinator.ts'
import type { FleetView } from '../fleet-view.ts'

interface Sighting {
  readonly revision: number
  readonly atMs: number
}

/**
 * Removes members that have not renewed their records for as long as they say. It removes exactly the revision that it saw: a member that
 * has renewed meanwhile, unseen, stays. A member that was removed cannot renew, and learns this before it writes. Only time that passed
 * on the monotonic clock of this agent counts: clocks of two machines are never compared.
 */
export class Evictor {
  readonly #view: FleetView
  readonly #members: Coordinator['members']
  readonly #clock: Clock
  readonly #seen = new Map<string, Sighting>()
  readonly #stops: (() => void)[]

  constructor(view: FleetView, { members }: Coordinator, clock: Clock) {
    this.#view = view
    this.#members = members
    this.#clock = clock
    for (const [name, { revision }] of view.members) this.#see(name, revision)
    this.#stops = [
      view.on('renewed', ({ name, revision }) => this.#see(name, revision)),
      view.on('left', ({ name }) => this.#seen.delete(name)),
    ]
  }

  /** Checks all members except the one of this session. Resolves to the names of the removed ones. */
  async sweep(ownSession: string | undefined): Promise<string[]> {
    const nowMs = this.#clock.monotonicMs()
    const dead = [...this.#view.members].filter(([name, { value }]) => {
      const atMs = this.#seen.get(name)?.atMs ?? nowMs
      return value.session !== ownSession && nowMs - atMs > value.leaseMs
    })
    const removed = await Promise.all(dead.map(([name]) => this.#remove(name)))
    return dead.map(([name]) => name).filter((_, index) => removed[index])
  }

  close(): void {
    for (const stop of this.#stops) stop()
  }

  async #remove(name: string): Promise<boolean> {
    const { revision } = this.#seen.get(name)!
    const isRemoved = await this.#members.remove(name, revision).catch(() => false)
    // It has renewed without being seen: its lease starts again now.
    if (!isRemoved && this.#seen.has(name)) this.#see(name, (await this.#revisionOf(name)) ?? revision)
    return isRemoved
  }

  async #revisionOf(name: string): Promise<number | undefined> {
    const entry = await this.#members.get(name).catch(() => undefined)
    return entry?.revision
  }

  #see(name: string, revision: number): void {
    this.#seen.set(name, { revision, atMs: this.#clock.monotonicMs() })
  }
}
