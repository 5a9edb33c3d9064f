import { closeSync, constants, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 64 * 1024

/**
 * Reads a file that may be of any kind: an endless device does not take more than `maxBytes`, and a FIFO without a writer does not block.
 * @throws an error of the file system, or one that says that the file is too large
 */
export function readSmallFile(path: string, maxBytes: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
  try {
    const chunks: Buffer[] = []
    for (let size = 0; size <= maxBytes; ) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES)
      const length = readSync(file, chunk)
      if (length === 0) return Buffer.concat(chunks)
      chunks.push(chunk.subarray(0, length))
      size += length
    }
  } finally {
    closeSync(file)
  }
  throw new Error(`is larger than ${maxBytes} bytes`)
}
