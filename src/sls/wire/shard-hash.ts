import { createHash } from 'node:crypto'

/**
 * Folds a key into one of `buckets` hash ranges, so that logs of many keys share requests: the MD5 of the key with all but
 * its first log2(buckets) bits set to zero.
 *
 * @param buckets a power of two from 1 to 512
 * @returns 32 lower-case hex digits, the inclusive lower bound of the bucket
 */
export function adjustShardHash(key: string, buckets: number): string {
  const digest = createHash('md5').update(key, 'utf8').digest()
  const bits = Math.log2(buckets)
  const kept = digest.readUInt32BE(0) & ~(0xffff_ffff >>> bits)
  return (kept >>> 0).toString(16).padStart(8, '0').padEnd(32, '0')
}

/** Whether the service takes a text as a hash key. It takes 32 hex digits. */
export function isShardHash(text: string): boolean {
  return /^[0-9a-f]{32}$/i.test(text)
}
