/** Figures of one second in a feed. */
export interface OfSecond {
  /** Epoch seconds. */
  readonly second: number
}

/** The last 15 minutes up to the last complete second, in the form that plots need: one list per figure. */
export class Seconds<Figures extends OfSecond> {
  static readonly LENGTH = 15 * 60
  readonly #figures = new Map<number, Figures>()

  /** The newest known second. Its figures may not have been complete. */
  get newest(): number {
    return Math.max(0, ...this.#figures.keys())
  }

  add(figures: readonly Figures[], nowSecond: number): void {
    for (const one of figures) this.#figures.set(one.second, one)
    for (const second of this.#figures.keys()) if (second < nowSecond - Seconds.LENGTH) this.#figures.delete(second)
  }

  /** The seconds of the axis. The present second is left out, because its incomplete figures would look like a drop. */
  axis(nowSecond: number): number[] {
    return Array.from({ length: Seconds.LENGTH }, (_, i) => nowSecond - Seconds.LENGTH + i)
  }

  /** The values of a figure. 0 for missing seconds: feeds leave out seconds without activity. */
  values(axis: readonly number[], figure: keyof Figures): number[] {
    return axis.map((second) => Number(this.#figures.get(second)?.[figure] ?? 0))
  }
}
