/** Lines of one input, both ends included. */
export interface LineRange {
  readonly input: string
  readonly from: number
  readonly to: number
}

const MOST_RANGES = 1000

/**
 * Which lines it is about, neighbours put together: a batch that fails is a few ranges, not thousands of lines. Beyond the
 * first thousand ranges they are not kept.
 */
export class LineRanges {
  readonly #ranges: { input: string; from: number; to: number }[] = []

  add(input: string, line: number): void {
    const last = this.#ranges.at(-1)
    if (last?.input === input && last.to === line - 1) last.to = line
    else if (this.#ranges.length < MOST_RANGES) this.#ranges.push({ input, from: line, to: line })
  }

  toJSON(): readonly LineRange[] {
    return this.#ranges
  }
}
