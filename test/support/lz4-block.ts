/** A plain, strict decoder of raw lz4 blocks, independent of the codec under test. */
export function decodeLz4Block(block: Uint8Array): Buffer {
  const raw: number[] = []
  let at = 0
  const byte = () => {
    const value = block[at++]
    if (value === undefined) throw new Error('the block is cut off')
    return value
  }
  const length = (nibble: number) => {
    let total = nibble
    for (let more = nibble === 15 ? 255 : 0; more === 255; total += more) more = byte()
    return total
  }
  for (;;) {
    const token = byte()
    for (let literals = length(token >> 4); literals > 0; literals--) raw.push(byte())
    // The last sequence has literals only.
    if (at === block.length) return Buffer.from(raw)
    const offset = byte() | (byte() << 8)
    if (offset === 0 || offset > raw.length) throw new Error('a match starts outside of the data')
    for (let left = length(token & 15) + 4; left > 0; left--) raw.push(raw[raw.length - offset]!)
  }
}
