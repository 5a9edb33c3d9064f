import { deflateSync } from 'node:zlib'
import type { Answer } from './answer.ts'
import { headerOf, type Request } from './request.ts'

type CompressSync = (data: Buffer) => Buffer

let compressSync: CompressSync | undefined

/** Loads lz4-napi. If it has no binary for this machine, LZ4 answers are blocks of literals, which every reader accepts. */
export async function loadAnswerCompression(): Promise<void> {
  try {
    const lz4 = await import('lz4-napi')
    compressSync = lz4.compressSync as CompressSync
  } catch {
    compressSync = undefined
  }
}

/**
 * Compresses an answer with the first of `lz4`, `zstd` and `deflate` that `Accept-Encoding` names. HTTP libraries name gzip
 * on every call without meaning it, and often deflate with it: beside gzip, deflate does not count.
 */
export function compressedAnswer(request: Request, answer: Answer): Answer {
  const type = wantedType(headerOf(request.headers, 'accept-encoding') ?? '')
  if (type === undefined || answer.body.length === 0) return answer
  const headers = {
    ...answer.headers,
    'x-log-bodyrawsize': String(answer.body.length),
    'x-log-compresstype': type,
  }
  return { ...answer, headers, body: COMPRESS[type](answer.body) }
}

type CompressType = 'lz4' | 'zstd' | 'deflate'

const COMPRESS: Readonly<Record<CompressType, CompressSync>> = {
  lz4: lz4Block,
  zstd: zstdFrame,
  deflate: (data) => deflateSync(data),
}

function wantedType(acceptEncoding: string): CompressType | undefined {
  const names = acceptEncoding.split(',').map((part) => (part.split(';')[0] as string).trim().toLowerCase())
  const wanted = names.find((name) => name === 'lz4' || name === 'zstd' || name === 'deflate')
  return wanted === 'deflate' && names.includes('gzip') ? undefined : (wanted as CompressType | undefined)
}

/** A raw LZ4 block. */
function lz4Block(data: Buffer): Buffer {
  // The library writes the size in front, in four bytes. The protocol does not have it.
  return compressSync === undefined ? literalLz4Block(data) : compressSync(data).subarray(4)
}

/** A valid block that consists of one sequence of literals. */
function literalLz4Block(data: Buffer): Buffer {
  if (data.length < 15) return Buffer.concat([Buffer.from([data.length << 4]), data])
  const rest = data.length - 15
  const lengths = Buffer.alloc(Math.floor(rest / 255) + 1, 255)
  lengths[lengths.length - 1] = rest % 255
  return Buffer.concat([Buffer.from([0xf0]), lengths, data])
}

const ZSTD_BLOCK_BYTES = 128 * 1024

/** A valid frame of uncompressed blocks. It needs no compressor, which older versions of Node lack. */
function zstdFrame(data: Buffer): Buffer {
  // Single segment, four bytes of content size.
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0])
  head.writeUInt32LE(data.length, 5)
  const parts: Uint8Array[] = [head]
  for (let at = 0; at < data.length || at === 0; at += ZSTD_BLOCK_BYTES) {
    const block = data.subarray(at, at + ZSTD_BLOCK_BYTES)
    const header = Buffer.alloc(3)
    header.writeUIntLE((block.length << 3) | Number(at + ZSTD_BLOCK_BYTES >= data.length), 0, 3)
    parts.push(header, block)
  }
  return Buffer.concat(parts)
}
