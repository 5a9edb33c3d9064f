import * as zlib from 'node:zlib'
import { HttpError } from './http-error.ts'
import { zstdDecompressed } from './zstd-frames.ts'

type ZstdDecompress = (bytes: Buffer, options: { maxOutputLength: number }) => Buffer

// Only in node:zlib of Node 22.15 and later, and not in the types of Node 20.
const nativeZstd = (zlib as { zstdDecompressSync?: ZstdDecompress }).zstdDecompressSync

/** The codings that {@link decompressed} reads. */
export const CONTENT_ENCODINGS = ['gzip', 'deflate', 'br', 'zstd', 'identity'] as const

/**
 * A body before its `content-encoding`. Never makes more than `maxBytes`: a bomb is cut off there. Throws an
 * {@link HttpError}: 413 for more than that, 415 for an unknown coding, 400 for bytes that are not what they claim.
 */
export async function decompressed(body: Buffer, encoding: string | undefined, maxBytes: number): Promise<Buffer> {
  const coding = (encoding ?? '').trim().toLowerCase()
  if (coding === '' || coding === 'identity') return body
  const decode = decoderOf(coding)
  if (decode === undefined) {
    throw new HttpError(415, `content-encoding ${coding} is unsupported; there are ${CONTENT_ENCODINGS.join(', ')}`)
  }
  try {
    return await decode(body, maxBytes)
  } catch (error) {
    const { code, message } = error as Error & { code?: string }
    if (error instanceof RangeError || code === 'ERR_BUFFER_TOO_LARGE') {
      throw new HttpError(413, `the body holds more than ${maxBytes} bytes once it is decompressed`)
    }
    throw new HttpError(400, `the body is not ${coding}: ${message}`)
  }
}

/** Reads zstd with the means of this Node, or with a decoder in JavaScript. Throws for what is none, or is too large. */
export function zstdDecompressedSync(bytes: Buffer, maxBytes: number): Buffer {
  if (nativeZstd === undefined) return zstdDecompressed(bytes, maxBytes)
  return nativeZstd(bytes, { maxOutputLength: Math.max(1, maxBytes) })
}

function decoderOf(coding: string): ((body: Buffer, maxBytes: number) => Promise<Buffer>) | undefined {
  switch (coding) {
    case 'gzip':
    case 'x-gzip':
      return inThread(zlib.gunzip)
    case 'deflate':
      // By name a zlib stream; some clients send the bare one.
      return (body, maxBytes) =>
        inThread(((body[0] ?? 0) & 0x0f) === 8 ? zlib.inflate : zlib.inflateRaw)(body, maxBytes)
    case 'br':
      return inThread(zlib.brotliDecompress)
    case 'zstd':
      return async (body, maxBytes) => zstdDecompressedSync(body, maxBytes)
    default:
      return undefined
  }
}

type Done = (error: Error | null, result: Buffer) => void
type Inflate = (body: Buffer, options: { maxOutputLength: number }, done: Done) => void

function inThread(inflate: Inflate): (body: Buffer, maxBytes: number) => Promise<Buffer> {
  return (body, maxBytes) =>
    new Promise((resolve, reject) => {
      inflate(body, { maxOutputLength: Math.max(1, maxBytes) }, (error, result) => {
        if (error === null) resolve(result)
        else reject(error)
      })
    })
}
