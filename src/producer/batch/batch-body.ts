import { Buffer } from 'node:buffer'
import type { Payload } from '../../sls/sink.ts'
import type { BufferPool } from './buffer-pool.ts'
import type { Reservation } from './reservation.ts'

const NO_BYTES = Buffer.alloc(0)

/**
 * The one owner of the bytes of a sealed batch, and of the memory reserved for them. They are raw (a LogGroup, in the
 * buffer that it was built in), or compressed, or elsewhere: on disk, from where they are fetched when they are needed. A
 * batch whose logs have to be told apart is raw again, beside what its next request carries.
 */
export class BatchBody {
  readonly #memory: Reservation
  #pool: BufferPool | undefined
  #buffer: Buffer
  #raw: Buffer
  #payload: Payload | undefined
  #fetch: (() => Promise<Payload>) | undefined

  /** `buffer` is of the pool, where there is one; the LogGroup is its front. */
  constructor(memory: Reservation, buffer: Buffer, rawSizeInBytes: number, pool?: BufferPool) {
    this.#memory = memory
    this.#buffer = buffer
    this.#raw = buffer.subarray(0, rawSizeInBytes)
    this.#pool = pool
  }

  /** A body that is elsewhere from the start. */
  static elsewhere(memory: Reservation, fetch: () => Promise<Payload>): BatchBody {
    const body = new BatchBody(memory, NO_BYTES, 0)
    body.#fetch = fetch
    return body
  }

  /**
   * The LogGroup, empty while only its compressed form is here. The bytes never change again: compression may read them
   * on another thread.
   */
  get raw(): Buffer {
    return this.#raw
  }

  /** What a request carries, once it is known. */
  get payload(): Payload | undefined {
    return this.#payload
  }

  get isElsewhere(): boolean {
    return this.#fetch !== undefined
  }

  /** Bytes of memory that are held, what it takes to tell the logs apart included. */
  get reservedBytes(): number {
    return this.#memory.bytes
  }

  get #heldBytes(): number {
    const payloadBytes = this.#payload?.bytes
    const isShared = payloadBytes === undefined || payloadBytes.buffer === this.#buffer.buffer
    return this.#buffer.length + (isShared ? 0 : payloadBytes.length)
  }

  /** From here on only the compressed form is kept. */
  keepCompressed(payload: Payload): void {
    this.#payload = payload
    if (payload.compression === 'none') return
    this.#dropRaw()
    this.#memory.resize(Math.min(this.#memory.bytes, this.#heldBytes))
  }

  /** The LogGroup is here again, beside what a request carries. `markBytes`: what it takes to tell its logs apart. */
  restore(raw: Buffer, markBytes: number): void {
    // What was sent uncompressed is the very same bytes.
    if (raw.buffer !== this.#buffer.buffer) this.#buffer = raw
    this.#raw = raw
    this.#pool = undefined
    // What is elsewhere is the whole: it is not what the next part is made of.
    this.#fetch = undefined
    this.#recharge(markBytes)
  }

  /** Of a restored body: what the next request carries. */
  replacePayload(payload: Payload, markBytes: number): void {
    this.#payload = payload
    this.#recharge(markBytes)
  }

  /** Of a restored body: what the next request carries is not known yet. Returns the memory that it no longer needs. */
  forgetPayload(markBytes: number): Reservation {
    this.#payload = undefined
    return this.#memory.split(Math.max(0, this.#memory.bytes - this.#heldBytes - markBytes))
  }

  /** The bytes leave memory; `fetch` brings them back. */
  moveElsewhere(fetch: () => Promise<Payload>): void {
    this.#payload = undefined
    this.#dropRaw()
    this.#fetch = fetch
    this.#recharge()
  }

  /** Brings the bytes back into memory, in the form that is sent. Rejects as `fetch` does, and then nothing has changed. */
  async bringBack(): Promise<Payload> {
    const payload = await (this.#fetch as () => Promise<Payload>)()
    this.#payload = payload
    this.#recharge()
    return payload
  }

  /**
   * The bytes are no longer needed: returns the memory that they held. The buffer is not used again, since compression
   * may still read it.
   */
  release(): Reservation {
    this.#buffer = NO_BYTES
    this.#raw = NO_BYTES
    this.#payload = undefined
    this.#fetch = undefined
    return this.#memory.split()
  }

  #dropRaw(): void {
    this.#pool?.giveBack(this.#buffer)
    this.#pool = undefined
    this.#buffer = NO_BYTES
    this.#raw = NO_BYTES
  }

  #recharge(markBytes = 0): void {
    this.#memory.resize(this.#heldBytes + markBytes)
  }
}
