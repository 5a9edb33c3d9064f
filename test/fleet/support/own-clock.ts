import type { CancelTimer, Clock } from '../../../src/core/clock.ts'
import type { ManualClock } from '../../support/manual-clock.ts'

/** The clock of one process of several: it can stand still while time goes on, run a little fast or slow, and its wall clock can be set. */
export class OwnClock implements Clock {
  readonly #world: ManualClock
  readonly #rate: number
  readonly #late = new Set<() => void>()
  #isFrozen = false
  #isDead = false
  #offsetMs = 0

  constructor(world: ManualClock, rate = 1) {
    this.#world = world
    this.#rate = rate
  }

  get isFrozen(): boolean {
    return this.#isFrozen
  }

  now(): number {
    return this.#world.now() + this.#offsetMs
  }

  monotonicMs(): number {
    return this.#world.monotonicMs() * this.#rate
  }

  setTimer(callback: () => void, delayMs: number, isBackground?: boolean): CancelTimer {
    const fire = () => {
      if (this.#isDead) return
      if (this.#isFrozen) this.#late.add(fire)
      else callback()
    }
    const cancel = this.#world.setTimer(fire, delayMs / this.#rate, isBackground)
    return () => {
      this.#late.delete(fire)
      cancel()
    }
  }

  jump(byMs: number): void {
    this.#offsetMs += byMs
  }

  freeze(): void {
    this.#isFrozen = true
  }

  /** What was due meanwhile fires now, late. */
  thaw(): void {
    this.#isFrozen = false
    const late = [...this.#late]
    this.#late.clear()
    for (const fire of late) fire()
  }

  /** Nothing of the process runs any more. */
  kill(): void {
    this.#isDead = true
  }
}
