/** What memory is asked of, when it runs short. */
export interface HoldsMemory {
  readonly reservedBytes: number
}

/**
 * The newest of those that may go, as many as hold so many bytes: the oldest are about to be sent. In the order in which they were
 * sealed, which they have on disk. `batches` are oldest first.
 */
export function newestToFree<B extends HoldsMemory>(
  batches: readonly B[],
  bytes: number,
  mayGo: (batch: B) => boolean,
): B[] {
  const chosen: B[] = []
  let left = bytes
  for (let at = batches.length - 1; at >= 0 && left > 0; at--) {
    const batch = batches[at] as B
    if (!mayGo(batch)) continue
    chosen.push(batch)
    left -= batch.reservedBytes
  }
  return chosen.reverse()
}
