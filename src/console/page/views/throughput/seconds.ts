/** What a feed tells of one second. */
export interface OfSecond {
  /** Epoch seconds. */
  readonly second: number
}

/** 15 minutes of seconds that end with the last whole one, as plots want them: one list for each figure. */
export class Seconds<Figures extends OfSecond> {
  static readonly LENGTH = 15 * 60
  readonly #figures = new Map<number, Figures>()

  /** The newest second that is known; it may have grown since it was told. */
  get newest(): number {
    return Math.max(0, ...this.#figures.keys())
  }

  add(figures: readonly Figures[], nowSecond: number): void {
    for (const one of figures) this.#figures.set(one.second, one)
    for (const second of this.#figures.keys()) if (second < nowSecond - Seconds.LENGTH) this.#figures.delete(second)
  }

  /** The seconds themselves. The running one is left out: it would look like a drop. */
  axis(nowSecond: number): number[] {
    return Array.from({ length: Seconds.LENGTH }, (_, i) => nowSecond - Seconds.LENGTH + i)
  }

  /** 0 where nothing is known of a second: the feeds leave out those in which nothing happened. */
  values(axis: readonly number[], figure: keyof Figures): number[] {
    return axis.map((second) => Number(this.#figures.get(second)?.[figure] ?? 0))
  }
}
