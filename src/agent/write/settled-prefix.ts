import { Fifo } from '../../core/fifo.ts'

/** A stretch of an input that was handed over, and waits for its verdicts. */
export interface Stretch<Position> {
  /** Some of its logs have their verdict. `isLost` when they must be read again. */
  settle(logCount: number, isLost?: boolean): void
  /** Where the input is after it. */
  readonly end: Position
}

/**
 * How far an input is settled. Verdicts come in any order; the position moves only over the longest prefix in which each log has
 * a good one. After a loss it stands still until the input goes back to it: what came later is read again.
 */
export class SettledPrefix<Position> {
  readonly #onChange: () => void
  readonly #open = new Fifo<OpenStretch<Position>>()
  #position: Position
  #isBroken = false
  #unsettledLogs = 0
  #epoch = 0

  /** @param onChange the position has moved, or a loss can be made up for: nothing is under way any more */
  constructor(start: Position, onChange: () => void = () => {}) {
    this.#position = start
    this.#onChange = onChange
  }

  /** Everything before it has a good verdict. */
  get position(): Position {
    return this.#position
  }

  /** Logs handed over that have no verdict yet, those behind a loss included. */
  get unsettledLogs(): number {
    return this.#unsettledLogs
  }

  /** A loss keeps the position where it is: go back to it once nothing is unsettled. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Hands over a stretch up to `end`. One without logs (empty lines, say) moves the position in its turn. */
  begin(end: Position, logCount: number): Stretch<Position> {
    const epoch = this.#epoch
    const stretch = new OpenStretch(end, logCount, (settled, isLost) => {
      if (epoch !== this.#epoch) return
      this.#unsettledLogs -= settled
      if (isLost) this.#isBroken = true
      this.#advance()
    })
    this.#unsettledLogs += logCount
    this.#open.push(stretch)
    if (logCount === 0) this.#advance()
    return stretch
  }

  /** Forgets the loss and what was handed over after it, late verdicts too: the input reads on from `position`. */
  restart(): void {
    this.#epoch++
    while (this.#open.shift() !== undefined);
    this.#unsettledLogs = 0
    this.#isBroken = false
  }

  #advance(): void {
    if (this.#isBroken) {
      if (this.#unsettledLogs === 0) this.#onChange()
      return
    }
    let moved = false
    for (let front = this.#open.peek(); front?.isSettled; front = this.#open.peek()) {
      this.#open.shift()
      this.#position = front.end
      moved = true
    }
    if (moved) this.#onChange()
  }
}

class OpenStretch<Position> implements Stretch<Position> {
  readonly end: Position
  readonly #told: (logCount: number, isLost: boolean) => void
  #unsettled: number

  constructor(end: Position, logCount: number, told: (logCount: number, isLost: boolean) => void) {
    this.end = end
    this.#unsettled = logCount
    this.#told = told
  }

  get isSettled(): boolean {
    return this.#unsettled === 0
  }

  settle(logCount: number, isLost = false): void {
    const settled = Math.min(logCount, this.#unsettled)
    this.#unsettled -= settled
    if (settled > 0) this.#told(settled, isLost)
  }
}
