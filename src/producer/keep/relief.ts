/** What reserves memory and can free it. */
export interface HoldsMemory {
  readonly reservedBytes: number
}

/**
 * Returns the newest batches for which `mayGo` is true, as many as hold `bytes`: the oldest will be sent soon. `batches` and the
 * result are in the order in which the batches were sealed, so that they get that order on disk.
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
