/** A hash of 32 bits of a name, well mixed: names that differ in their last digit are as far apart as any. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return mixed(hash)
}

/**
 * How much an input belongs to a member: rendezvous hashing. The member with the highest score has the input, one with twice the
 * weight has twice as many, and when a member goes the scores of the others stay as they are.
 */
export function rendezvousScore(inputHash: number, memberHash: number, weight: number): number {
  const share = (mixed(inputHash ^ memberHash) + 0.5) / 2 ** 32
  return -weight / Math.log(share)
}

/** The last step of MurmurHash3: each bit of the input changes each bit of the result with probability one half. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
