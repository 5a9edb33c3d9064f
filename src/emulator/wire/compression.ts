import * as zlib from 'node:zlib'
import { zstdDecompressedSync } from '../../server/decompression.ts'
import { limits } from '../../sls/limits.ts'
import { refusal } from '../http/service-error.ts'
import { decodeLz4Block } from './lz4-block.ts'

type Decode = (bytes: Buffer, size: number) => Buffer
type Decompress = (bytes: Buffer, options: zlib.ZlibOptions) => Buffer

/** Decompresses a body to exactly the declared size. A decompression bomb is stopped at that size. */
export function decompressed(body: Buffer, compressType: string, rawSize: number): Buffer {
  const decode = decoderOf(compressType)
  if (decode === undefined) throw refusal('InvalidCompressType', `x-log-compresstype ${compressType} is unsupported`)
  checkSize(rawSize)
  const raw = attempt(() => decode(body, rawSize))
  if (raw.length !== rawSize) throw uncompressError(`the body holds ${raw.length} bytes, declared are ${rawSize}`)
  return raw
}

/** Refuses a body that is larger than the limit of the service. */
export function checkSize(size: number): void {
  if (size <= limits.serverBodyInBytes) return
  throw refusal('PostBodyTooLarge', `Body size ${size} must little than ${limits.serverBodyInBytes}`)
}

function decoderOf(compressType: string): Decode | undefined {
  switch (compressType) {
    case 'lz4':
      return decodeLz4Block
    case 'deflate':
    case 'gzip':
      return (bytes, size) => inflaterOf(bytes)(bytes, { maxOutputLength: Math.max(1, size) })
    case 'zstd':
      return zstdDecompressedSync
    default:
      return undefined
  }
}

/** Clients send zlib, raw deflate or gzip under either name: the first bytes decide. */
function inflaterOf(bytes: Buffer): Decompress {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return zlib.gunzipSync
  return ((bytes[0] ?? 0) & 0x0f) === 8 ? zlib.inflateSync : zlib.inflateRawSync
}

function attempt(decode: () => Buffer): Buffer {
  try {
    return decode()
  } catch (error) {
    throw uncompressError((error as Error).message)
  }
}

function uncompressError(reason: string) {
  return refusal('PostBodyUncompressError', `Failed to decompress the posted body: ${reason}`)
}
