/** Keys are 128-bit numbers in 32 hex digits; the last shard's end is written as all f and takes that key, too. */
const SPACE = 1n << 128n
const LAST_KEY = SPACE - 1n

/** The keys of a shard. */
export interface HashRange {
  readonly begin: bigint
  /** Exclusive. */
  readonly end: bigint
}

/** All keys, or those of a range, in so many parts of one size. */
export function evenRanges(count: number, { begin, end }: HashRange = { begin: 0n, end: SPACE }): HashRange[] {
  const bound = (i: number) => begin + ((end - begin) * BigInt(i)) / BigInt(count)
  return Array.from({ length: count }, (_, i) => ({ begin: bound(i), end: bound(i + 1) }))
}

/** A key as clients write it: any case; a short one is filled up with zeros on the right. Undefined where it is no key. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) return undefined
  return BigInt(`0x${text.padEnd(32, '0')}`)
}

/** A key in 32 hex digits. */
export function hashKeyText(key: bigint): string {
  return (key > LAST_KEY ? LAST_KEY : key).toString(16).padStart(32, '0')
}

/** A range from two keys as they are written. */
export function parseRange(beginKey: string, endKey: string): HashRange {
  const end = BigInt(`0x${endKey}`)
  return { begin: BigInt(`0x${beginKey}`), end: end === LAST_KEY ? SPACE : end }
}

/** Whether the range takes the key. */
export function contains(range: HashRange, key: bigint): boolean {
  return range.begin <= key && key < range.end
}
