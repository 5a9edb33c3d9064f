type CompressSync = (data: Buffer) => Buffer

let compressSync: CompressSync | undefined

/** Loads lz4-napi; where it has no binary for this machine, answers go plain, which every client reads too. */
export async function loadAnswerCompression(): Promise<void> {
  try {
    const lz4 = await import('lz4-napi')
    compressSync = lz4.compressSync
  } catch {
    compressSync = undefined
  }
}

/** A raw LZ4 block, or undefined where there is no compressor. */
export function lz4Compressed(data: Buffer): Buffer | undefined {
  // The library puts the size in front, four bytes; on this wire it must not be there.
  return compressSync?.(data).subarray(4)
}
