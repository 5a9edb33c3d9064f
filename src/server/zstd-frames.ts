import { Decompress } from 'fzstd'

// What RFC 8878 recommends that a decoder supports; larger windows are for archives.
const MAX_WINDOW_BYTES = 8 * 1024 * 1024
// The decoder moves its window once a block: a body of tiny blocks would move terabytes.
const MAX_MOVED_BYTES = 2 * 1024 * 1024 * 1024

const FRAME_MAGIC = 0xfd2fb528
const SKIPPABLE_MAGIC = 0x184d2a50

/**
 * Decompresses zstd frames in JavaScript, for a Node without zstd of its own. Throws where the bytes are no whole
 * frames, or hold more than `maxBytes`, or ask for more memory or work than a body of that size needs.
 */
export function zstdDecompressed(bytes: Buffer, maxBytes: number): Buffer {
  try {
    checkFrames(bytes)
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException
    // A header that reaches behind the end.
    if (code === 'ERR_OUT_OF_RANGE' || code === 'ERR_BUFFER_OUT_OF_BOUNDS')
      throw new Error('the last frame is not whole')
    throw thrown
  }
  const parts: Uint8Array[] = []
  let size = 0
  const decoder = new Decompress((part) => {
    size += part.length
    if (size > maxBytes) throw new RangeError(`the frames hold more than ${maxBytes} bytes`)
    parts.push(part)
  })
  decoder.push(bytes, true)
  return Buffer.concat(parts)
}

/** Walks the headers of frames and blocks, and adds up what decoding them would cost. */
function checkFrames(bytes: Buffer): void {
  let movedBytes = 0
  for (let at = 0; at < bytes.length; ) {
    const magic = bytes.readUInt32LE(at)
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      at += 8 + bytes.readUInt32LE(at + 4)
    } else {
      if (magic !== FRAME_MAGIC) throw new Error('these are no zstd frames')
      const frame = frameAt(bytes, at)
      movedBytes += frame.windowBytes * frame.blockCount
      at = frame.end
    }
    if (at > bytes.length) throw new Error('the last frame is not whole')
    if (movedBytes > MAX_MOVED_BYTES) throw new RangeError('the frames have too many blocks for their window')
  }
}

interface Frame {
  readonly windowBytes: number
  readonly blockCount: number
  readonly end: number
}

function frameAt(bytes: Buffer, start: number): Frame {
  const flags = bytes.readUInt8(start + 4)
  const isSingleSegment = (flags & 0x20) !== 0
  const sizeFlag = flags >> 6
  const sizeBytes = sizeFlag === 0 ? Number(isSingleSegment) : 1 << sizeFlag
  const sizeAt = start + 5 + Number(!isSingleSegment) + ([0, 1, 2, 4][flags & 3] as number)
  const windowBytes = isSingleSegment ? contentSize(bytes, sizeAt, sizeBytes) : windowSize(bytes.readUInt8(start + 5))
  if (windowBytes > MAX_WINDOW_BYTES && !(isSingleSegment && windowBytes <= 2 * MAX_WINDOW_BYTES)) {
    throw new RangeError(`the frame asks for a window of ${windowBytes} bytes, ${MAX_WINDOW_BYTES} are supported`)
  }
  let at = sizeAt + sizeBytes
  for (let blockCount = 1; ; blockCount++) {
    const header = bytes.readUIntLE(at, 3)
    const type = (header >> 1) & 3
    at += 3 + (type === 1 ? 1 : header >> 3)
    if ((header & 1) === 1) return { windowBytes, blockCount, end: at + ((flags & 4) === 0 ? 0 : 4) }
  }
}

function windowSize(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3))
  return base + (base / 8) * (descriptor & 7)
}

function contentSize(bytes: Buffer, at: number, length: number): number {
  if (length === 8) return Number(bytes.readBigUInt64LE(at))
  return bytes.readUIntLE(at, length) + (length === 2 ? 256 : 0)
}
