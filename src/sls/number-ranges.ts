/** A set of whole numbers from 0 on that come mostly in order, kept as ranges: what is whole is one entry, however long. */
export class NumberRanges {
  /** First and last of each range, ascending, with a gap between any two. */
  readonly #bounds: [first: number, last: number][] = []

  /** How many ranges there are. */
  get size(): number {
    return this.#bounds.length
  }

  has(value: number): boolean {
    const range = this.#bounds[this.#indexAtOrBefore(value)]
    return range !== undefined && value <= range[1]
  }

  /** False when it was there already. */
  add(value: number): boolean {
    const index = this.#indexAtOrBefore(value)
    const before = this.#bounds[index]
    if (before !== undefined && value <= before[1]) return false
    const after = this.#bounds[index + 1]
    const joinsBefore = before !== undefined && before[1] === value - 1
    const joinsAfter = after !== undefined && after[0] === value + 1
    if (joinsBefore && joinsAfter) this.#bounds.splice(index, 2, [before[0], after[1]])
    else if (joinsBefore) before[1] = value
    else if (joinsAfter) after[0] = value
    else this.#bounds.splice(index + 1, 0, [value, value])
    return true
  }

  /** Forgets the lowest range. */
  forgetLowest(): void {
    this.#bounds.shift()
  }

  /** Where the last range is that begins at the value or below it; -1 for none. */
  #indexAtOrBefore(value: number): number {
    let low = 0
    let high = this.#bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#bounds[middle]![0] <= value) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}
