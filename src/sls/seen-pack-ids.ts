import { NumberRanges } from './number-ranges.ts'

const DEFAULT_MAX_RANGES = 10_000
// A prefix and the hexadecimal number of the batch, as all producers of the service write it.
const NUMBERED = /^(.+-)(0|[1-9A-Fa-f][0-9A-Fa-f]{0,12})$/

/**
 * The pack ids that a reader has met, to tell a copy of a batch from the batch. A producer counts its batches, so that its
 * ids are a few ranges under one prefix; after a restart it has another prefix. Memory is bounded: beyond `maxRanges` the
 * oldest numbers of the prefix met longest ago are forgotten. Then a copy may pass, but never is a batch taken for one.
 */
export class SeenPackIds {
  readonly #maxRanges: number
  /** In the order in which they were last met. */
  readonly #prefixes = new Map<string, NumberRanges>()
  #rangeCount = 0

  /** @param maxRanges at least 1. Default: 10000, about 1 MB */
  constructor(maxRanges = DEFAULT_MAX_RANGES) {
    this.#maxRanges = maxRanges
  }

  /** How many ranges are kept, over all prefixes. */
  get rangeCount(): number {
    return this.#rangeCount
  }

  /** Notes that an id was met. False when it was met before: what carries it is a copy. */
  add(packId: string): boolean {
    // Whole ids get a full stop, so that none looks like a prefix, which ends with a hyphen.
    const [, prefix, digits] = NUMBERED.exec(packId) ?? [undefined, `${packId}.`, '0']
    const ranges = this.#prefixes.get(prefix as string) ?? new NumberRanges()
    const sizeBefore = ranges.size
    const isNew = ranges.add(Number.parseInt(digits as string, 16))
    this.#prefixes.delete(prefix as string)
    this.#prefixes.set(prefix as string, ranges)
    this.#rangeCount += ranges.size - sizeBefore
    while (this.#rangeCount > this.#maxRanges) this.#forget()
    return isNew
  }

  #forget(): void {
    const [prefix, ranges] = this.#prefixes.entries().next().value as [string, NumberRanges]
    ranges.forgetLowest()
    this.#rangeCount--
    if (ranges.size === 0) this.#prefixes.delete(prefix)
  }
}
