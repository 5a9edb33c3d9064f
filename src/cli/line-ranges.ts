/** Lines of one input, both ends included. */
export interface LineRange {
  readonly input: string
  readonly from: number
  readonly to: number
}

const MOST_RANGES = 1000

/** Which lines it is about, neighbours put together: a batch that fails is a few ranges, not thousands of lines. */
export class LineRanges {
  readonly #ranges: { input: string; from: number; to: number }[] = []
  #isCut = false

  /** False where there were more ranges than are kept. */
  get isComplete(): boolean {
    return !this.#isCut
  }

  add(input: string, line: number): void {
    const last = this.#ranges.at(-1)
    if (last?.input === input && last.to === line - 1) last.to = line
    else if (this.#ranges.length < MOST_RANGES) this.#ranges.push({ input, from: line, to: line })
    else this.#isCut = true
  }

  toJSON(): readonly LineRange[] {
    return this.#ranges
  }
}
