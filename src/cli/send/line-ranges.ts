/** A range of lines of one input, including both ends. */
export interface LineRange {
  readonly input: string
  readonly from: number
  readonly to: number
}

const MOST_RANGES = 1000

/**
 * Collects line numbers as ranges, so that a failed batch is a few ranges instead of thousands of lines. Keeps only the first
 * thousand ranges.
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
