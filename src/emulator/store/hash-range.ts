/** Keys are 128-bit numbers in 32 hex digits. The end of the last shard is written as all f, and includes that key. */
const SPACE = 1n << 128n
const LAST_KEY = SPACE - 1n

/** The range of keys of a shard. */
export interface HashRange {
  readonly begin: bigint
  /** Exclusive. */
  readonly end: bigint
}

/** Divides all keys, or a range, into parts of equal size. */
export function evenRanges(count: number, { begin, end }: HashRange = { begin: 0n, end: SPACE }): HashRange[] {
  const bound = (i: number) => begin + ((end - begin) * BigInt(i)) / BigInt(count)
  return Array.from({ length: count }, (_, i) => ({ begin: bound(i), end: bound(i + 1) }))
}

/** Parses a key in any case; a short one is padded with zeros on the right. Undefined if it is not a key. */
export function parseHashKey(text: string): bigint | undefined {
  if (!/^[0-9a-f]{1,32}$/i.test(text)) return undefined
  return BigInt(`0x${text.padEnd(32, '0')}`)
}

/** A key in 32 hex digits. */
export function hashKeyText(key: bigint): string {
  return (key > LAST_KEY ? LAST_KEY : key).toString(16).padStart(32, '0')
}

/** Parses a range of two keys. */
export function parseRange(beginKey: string, endKey: string): HashRange {
  const end = BigInt(`0x${endKey}`)
  return { begin: BigInt(`0x${beginKey}`), end: end === LAST_KEY ? SPACE : end }
}

/** Whether the range takes the key. */
export function contains(range: HashRange, key: bigint): boolean {
  return range.begin <= key && key < range.end
}
