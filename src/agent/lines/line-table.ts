const FIRST_CAPACITY = 8192

/** Where the lines of a buffer are. Made once for a reader and filled again for each chunk: no object a line. */
export class LineTable {
  starts = new Int32Array(FIRST_CAPACITY)
  /** Where each line ends, its line end not included. */
  ends = new Int32Array(FIRST_CAPACITY)
  /** Where each line, and what a log is made of, begins in what was read: it stays when lines are decoded or joined. */
  positions = new Int32Array(FIRST_CAPACITY)
  count = 0

  clear(): void {
    this.count = 0
  }

  add(start: number, end: number, position = start): void {
    if (this.count === this.starts.length) this.#grow()
    this.starts[this.count] = start
    this.positions[this.count] = position
    this.ends[this.count++] = end
  }

  #grow(): void {
    const { starts, ends, positions } = this
    this.starts = new Int32Array(starts.length * 2)
    this.ends = new Int32Array(ends.length * 2)
    this.positions = new Int32Array(positions.length * 2)
    this.positions.set(positions)
    this.starts.set(starts)
    this.ends.set(ends)
  }
}
