import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { ProducerError } from '../../core/errors.ts'
import { limits } from '../limits.ts'
import type { Compression } from '../sink.ts'
import { loadLz4 } from './load-lz4.ts'

/** No byte of an lz4 block stands for more bytes than this. */
const LZ4_MAX_RATIO = 255

/** Node has zstd from 22.15 on; its types here are those of Node 20. */
const zstdDecompress = (zlib as { zstdDecompress?: unknown }).zstdDecompress as typeof zlib.inflate | undefined

/**
 * Gives back what a compressed body was made of. Strict: the result has exactly `rawSizeInBytes`, and the size is
 * checked before any memory is taken for it.
 *
 * @param maxSizeInBytes the largest raw size that is believed
 * @throws ProducerError `ERR_LOGHUB_SEND` when the body cannot be what it says
 */
export async function decompress(
  payload: Uint8Array,
  compression: Compression,
  rawSizeInBytes: number,
  maxSizeInBytes: number = limits.serverBodyInBytes,
): Promise<Buffer> {
  if (!Number.isInteger(rawSizeInBytes) || rawSizeInBytes < 0 || rawSizeInBytes > maxSizeInBytes) {
    throw unreadable(`declares a raw size of ${rawSizeInBytes} bytes, and 0 to ${maxSizeInBytes} are possible`)
  }
  let raw: Buffer
  try {
    raw = await decode(Buffer.from(payload.buffer, payload.byteOffset, payload.length), compression, rawSizeInBytes)
  } catch (cause) {
    throw unreadable(`is not valid ${compression}`, cause)
  }
  if (raw.length !== rawSizeInBytes) {
    throw unreadable(`gives ${raw.length} bytes and not the ${rawSizeInBytes} that it declares`)
  }
  return raw
}

function decode(payload: Buffer, compression: Compression, rawSize: number): Promise<Buffer> | Buffer {
  // Node refuses 0 as a limit.
  const options = { maxOutputLength: Math.max(rawSize, 1) }
  switch (compression) {
    case 'none':
      return payload
    case 'lz4':
      return decodeLz4(payload, rawSize)
    case 'deflate':
      return promisify<Buffer, zlib.ZlibOptions, Buffer>(zlib.inflate)(payload, options)
    case 'zstd':
      if (zstdDecompress === undefined) throw new Error('zstd needs Node 22.15 or later')
      return promisify<Buffer, zlib.ZlibOptions, Buffer>(zstdDecompress)(payload, options)
  }
}

async function decodeLz4(block: Buffer, rawSize: number): Promise<Buffer> {
  // lz4-napi believes any size, and spends 12 s on 4 GiB.
  if (rawSize > block.length * LZ4_MAX_RATIO) throw new Error('the declared size is more than this block can hold')
  if (rawSize === 0) {
    if (block.length !== 1 || block[0] !== 0) throw new Error('an empty block is the single byte 00')
    return Buffer.alloc(0)
  }
  const { uncompress } = await loadLz4()
  const prefixed = Buffer.allocUnsafe(4 + block.length)
  prefixed.writeUInt32LE(rawSize, 0)
  block.copy(prefixed, 4)
  return uncompress(prefixed)
}

function unreadable(reason: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_SEND', `The body ${reason}`, { cause })
}
