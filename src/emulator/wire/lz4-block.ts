const MIN_MATCH = 4

/**
 * Decodes a raw LZ4 block (no frame, no size prefix) of exactly `size` bytes. Throws on anything else. Every read and write
 * is checked against its bounds. `size` is allocated up front, so the caller must have checked it against the limit.
 */
export function decodeLz4Block(block: Uint8Array, size: number): Buffer {
  const output = Buffer.allocUnsafe(size)
  let from = 0
  let to = 0

  // A length of 15 continues in further bytes, until one is not 255.
  const lengthOf = (nibble: number): number => {
    if (nibble < 15) return nibble
    let length = 15
    for (let more = 255; more === 255; ) {
      if (from >= block.length) throw new Error('a length runs over the end of the block')
      more = block[from++] as number
      length += more
    }
    return length
  }

  const copyLiterals = (length: number): void => {
    if (length > block.length - from) throw new Error('literals run over the end of the block')
    if (length > size - to) throw new Error('the block holds more than its declared size')
    if (length > 16) output.set(block.subarray(from, from + length), to)
    else for (let i = 0; i < length; i++) output[to + i] = block[from + i] as number
    from += length
    to += length
  }

  while (from < block.length) {
    const token = block[from++] as number
    copyLiterals(lengthOf(token >> 4))
    // The last sequence has literals only.
    if (from === block.length) {
      if (to !== size) throw new Error(`the block holds ${to} bytes, declared are ${size}`)
      return output
    }
    if (block.length - from < 2) throw new Error('the block ends inside an offset')
    const offset = (block[from] as number) | ((block[from + 1] as number) << 8)
    from += 2
    if (offset === 0 || offset > to) throw new Error('a match lies before the start of the output')
    const length = lengthOf(token & 15) + MIN_MATCH
    if (length > size - to) throw new Error('the block holds more than its declared size')
    copyMatch(output, to, offset, length)
    to += length
  }
  throw new Error('the block does not end with literals')
}

/** A match may overlap its own output: then it repeats itself, and must be copied byte by byte or in doubling steps. */
function copyMatch(output: Buffer, to: number, offset: number, length: number): void {
  if (offset >= length && length > 32) {
    output.copyWithin(to, to - offset, to - offset + length)
    return
  }
  for (let i = to; i < to + length; i++) output[i] = output[i - offset] as number
}
