/** A 32-bit hash of a name. It is well mixed, so that names that differ only in the last digit get unrelated hashes. */
export function hashOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return mixed(hash)
}

/**
 * The score of rendezvous hashing: the member with the highest score gets the input. A member with twice the weight gets twice as many
 * inputs, and when a member leaves, the scores of the others do not change.
 */
export function rendezvousScore(inputHash: number, memberHash: number, weight: number): number {
  const share = (mixed(inputHash ^ memberHash) + 0.5) / 2 ** 32
  return -weight / Math.log(share)
}

/** The finalizer of MurmurHash3: each bit of the input changes each bit of the result with probability one half. */
function mixed(value: number): number {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
