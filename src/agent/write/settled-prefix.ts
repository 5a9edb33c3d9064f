import { Fifo } from '../../core/fifo.ts'

/** A range of an input whose logs the producer has taken, and that have no result yet. */
export interface Stretch<Position> {
  /** Some of its logs have their result. `isLost` when they must be read again. */
  settle(logCount: number, isLost?: boolean): void
  /** Where the input is after it. */
  readonly end: Position
}

/**
 * The position up to which an input is settled. Results come in any order; the position only moves over the longest prefix of logs
 * that are all settled. After a loss it stays where it is until the input goes back to it: what followed is read again.
 */
export class SettledPrefix<Position> {
  readonly #onChange: () => void
  readonly #open = new Fifo<OpenStretch<Position>>()
  #position: Position
  #isBroken = false
  #unsettledLogs = 0
  #epoch = 0

  /** @param onChange called when the position has moved, and after a loss as soon as the input can go back */
  constructor(start: Position, onChange: () => void = () => {}) {
    this.#position = start
    this.#onChange = onChange
  }

  /** All logs before it are settled. */
  get position(): Position {
    return this.#position
  }

  /** Logs that the producer has taken and that have no result yet, those after a loss included. */
  get unsettledLogs(): number {
    return this.#unsettledLogs
  }

  /** There was a loss: the input has to go back to `position` once no log is unsettled. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /** Adds a range up to `end`. A range without logs, such as empty lines, moves the position too, in its turn. */
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

  /** Forgets the loss and all ranges after it, and ignores their late results: the input continues at `position`. */
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
