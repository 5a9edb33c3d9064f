import { createRequire } from 'node:module'

type CompressSync = (data: Buffer) => Buffer

let compressSync: CompressSync | undefined
let isLoaded = false

/** A raw LZ4 block, or undefined where lz4-napi has no binary for this machine: then answers go plain, which clients read too. */
export function lz4Compressed(data: Buffer): Buffer | undefined {
  if (!isLoaded) compressSync = load()
  // The library puts the size in front, four bytes; on this wire it must not be there.
  return compressSync?.(data).subarray(4)
}

function load(): CompressSync | undefined {
  isLoaded = true
  try {
    const lz4 = createRequire(import.meta.url)('lz4-napi') as { compressSync: CompressSync }
    return lz4.compressSync
  } catch {
    return undefined
  }
}
