import { promisify } from 'node:util'
import * as zlib from 'node:zlib'
import { ProducerError, toError } from '../../core/errors.ts'
import { Fifo } from '../../core/fifo.ts'
import type { Logger } from '../../core/logger.ts'
import type { Compression, Payload } from '../sink.ts'
import { type Lz4, loadLz4 } from './load-lz4.ts'

const SYNC_BELOW = 32 * 1024
// Compression shares libuv's four threads with DNS and files: more in flight only makes those wait.
const MAX_IN_FLIGHT = 2
const SIZE_PREFIX = 4

type BlockCompressor = Pick<Lz4, 'compress' | 'compressSync'>

export interface CompressorOptions {
  /** Loads the lz4 codec. Default: the package lz4-napi, on first use. */
  readonly loadLz4?: () => Promise<BlockCompressor>
}

/** Node has zstd from 22.15 on; its types here are those of Node 20. */
const zstdCompress = (zlib as { zstdCompress?: unknown }).zstdCompress as typeof zlib.deflate | undefined

/** Whether this Node can write a compression. Whether lz4 has a binary for this machine shows on first use. */
export function isCompressionSupported(compression: Compression): boolean {
  return compression !== 'zstd' || zstdCompress !== undefined
}

type Encoded = Pick<Payload, 'bytes' | 'compression'>

/**
 * Compresses LogGroups. The bytes given must not be changed before the promise has settled: they are read on another
 * thread and not copied.
 */
export class Compressor {
  readonly #compression: Compression
  readonly #logger: Logger
  readonly #loadLz4: () => Promise<BlockCompressor>
  #lz4: Promise<BlockCompressor | undefined> | undefined
  #inFlight = 0
  readonly #waiting = new Fifo<() => void>()

  /** @throws ProducerError `ERR_LOGHUB_OPTION` when this Node does not have the compression */
  constructor(compression: Compression, logger: Logger, options: CompressorOptions = {}) {
    if (!isCompressionSupported(compression)) {
      throw new ProducerError(
        'ERR_LOGHUB_OPTION',
        `compression: ${compression} needs Node 22.15 or later, and this is ${process.version}: use lz4 or deflate`,
      )
    }
    this.#compression = compression
    this.#logger = logger
    this.#loadLz4 = options.loadLz4 ?? loadLz4
  }

  /** What does not shrink is returned as it is, with compression `none`. */
  async compress(raw: Buffer): Promise<Payload> {
    const encoded = raw.length === 0 ? undefined : await this.#encode(raw)
    if (encoded === undefined || encoded.bytes.length >= raw.length) {
      return { bytes: raw, rawSizeInBytes: raw.length, compression: 'none' }
    }
    return { ...encoded, rawSizeInBytes: raw.length }
  }

  async #encode(raw: Buffer): Promise<Encoded | undefined> {
    switch (this.#compression) {
      case 'none':
        return undefined
      case 'lz4':
        return this.#encodeLz4(raw)
      case 'deflate':
        return this.#deflate(raw)
      case 'zstd':
        return { bytes: await this.#inTurn(() => promisify<Buffer, Buffer>(zstdCompress!)(raw)), compression: 'zstd' }
    }
  }

  async #encodeLz4(raw: Buffer): Promise<Encoded> {
    this.#lz4 ??= this.#load()
    const lz4 = await this.#lz4
    if (lz4 === undefined) return this.#deflate(raw)
    const isSmall = raw.length < SYNC_BELOW
    const prefixed = isSmall ? lz4.compressSync(raw) : await this.#inTurn(() => lz4.compress(raw))
    // The service wants the bare block.
    return { bytes: prefixed.subarray(SIZE_PREFIX), compression: 'lz4' }
  }

  async #deflate(raw: Buffer): Promise<Encoded> {
    const bytes = await this.#inTurn(() => promisify<Buffer, Buffer>(zlib.deflate)(raw))
    return { bytes, compression: 'deflate' }
  }

  /** Tried once: what is missing stays missing, and one warning is enough. */
  async #load(): Promise<BlockCompressor | undefined> {
    try {
      return await this.#loadLz4()
    } catch (thrown) {
      this.#logger.warn(
        `lz4-napi cannot be loaded, so logs are compressed with deflate, which costs more time. Install it with its optional dependencies for this platform, or set compression to 'deflate'. (${toError(thrown).message})`,
      )
      return undefined
    }
  }

  async #inTurn<T>(compress: () => Promise<T>): Promise<T> {
    if (this.#inFlight < MAX_IN_FLIGHT) this.#inFlight++
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await compress()
    } finally {
      // A place is handed on, not given back, so that nobody comes in between.
      const next = this.#waiting.shift()
      if (next === undefined) this.#inFlight--
      else next()
    }
  }
}
