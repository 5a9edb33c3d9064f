/** State of a record that is neither settled nor taken. */
export const WAITING = 0
/** State of a record that was taken. It is not taken again until it is released. */
export const TAKEN = 1
export const SETTLED = 2

export interface IndexedRecord {
  readonly offset: number
  readonly bodyBytes: number
  readonly count: number
  readonly group: number
  readonly ordinal: number
  readonly timeSeconds: number
}

const FIRST_CAPACITY = 16
const NONE = 0xffffffff
const WORDS = 7

/**
 * The records of one segment, 29 bytes each, as a table in one array of numbers: an object for each record would need ten times that.
 * The rows of a group form a chain, so that the next record of a group is found without visiting other groups.
 */
export class RecordIndex {
  #words = new Uint32Array(FIRST_CAPACITY * WORDS)
  #states = new Uint8Array(FIRST_CAPACITY)
  #size = 0
  #firstUnsettled = 0
  /** By group: the first row that may be waiting, and the last row. */
  readonly #chains = new Map<number, { next: number; tail: number }>()

  get size(): number {
    return this.#size
  }

  get byteLength(): number {
    return this.#words.byteLength + this.#states.byteLength
  }

  add(record: IndexedRecord, state: number): number {
    const row = this.#size++
    if (row === this.#states.length) this.#resize(row + Math.max(FIRST_CAPACITY, row >> 1))
    this.#words.set(
      [record.offset, record.bodyBytes, record.count, record.group, record.ordinal, record.timeSeconds, NONE],
      row * WORDS,
    )
    this.#states[row] = state
    const chain = this.#chains.get(record.group)
    if (chain === undefined) {
      this.#chains.set(record.group, { next: row, tail: row })
    } else {
      this.#words[chain.tail * WORDS + 6] = row
      chain.tail = row
      if (chain.next === NONE) chain.next = row
    }
    return row
  }

  /** Frees the spare capacity: no more rows are added. */
  trim(): void {
    this.#resize(this.#size)
  }

  offset(row: number): number {
    return this.#words[row * WORDS] as number
  }

  bodyBytes(row: number): number {
    return this.#words[row * WORDS + 1] as number
  }

  count(row: number): number {
    return this.#words[row * WORDS + 2] as number
  }

  group(row: number): number {
    return this.#words[row * WORDS + 3] as number
  }

  ordinal(row: number): number {
    return this.#words[row * WORDS + 4] as number
  }

  timeSeconds(row: number): number {
    return this.#words[row * WORDS + 5] as number
  }

  state(row: number): number {
    return this.#states[row] as number
  }

  setState(row: number, state: number): void {
    this.#states[row] = state
    const chain = state === WAITING ? this.#chains.get(this.group(row)) : undefined
    // The rows of a chain are in ascending order, and NONE is larger than every row.
    if (chain !== undefined) chain.next = Math.min(chain.next, row)
  }

  /** The first waiting row of a group. Rows before it are visited again only after they are released. */
  firstWaiting(group: number): number | undefined {
    const chain = this.#chains.get(group)
    if (chain === undefined) return undefined
    let row = chain.next
    while (row !== NONE && this.#states[row] !== WAITING) row = this.#next(row)
    chain.next = row
    return row === NONE ? undefined : row
  }

  /** The first row that is not settled. */
  firstUnsettled(): number | undefined {
    while (this.#firstUnsettled < this.#size && this.#states[this.#firstUnsettled] === SETTLED) this.#firstUnsettled++
    return this.#firstUnsettled < this.#size ? this.#firstUnsettled : undefined
  }

  #next(row: number): number {
    return this.#words[row * WORDS + 6] as number
  }

  #resize(capacity: number): void {
    const [words, states] = [new Uint32Array(capacity * WORDS), new Uint8Array(capacity)]
    words.set(this.#words.subarray(0, this.#size * WORDS))
    states.set(this.#states.subarray(0, this.#size))
    this.#words = words
    this.#states = states
  }
}
