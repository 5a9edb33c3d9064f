import type { JetStreamClient, JsMsg } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node'
import { ProducerError, toError } from '../../core/errors.ts'
import type { Change, Entry, Table } from './coordinator.ts'
import type { NatsRequests } from './nats-requests.ts'
import type { Shape } from './record-shapes.ts'
import { TableWatch } from './table-watch.ts'

/** `max_payload` also counts the headers of a message. */
const HEADERS_MAX_BYTES = 1024

/** The key-value bucket of a fleet. */
export interface Bucket {
  readonly name: string
  readonly connection: NatsConnection
  readonly kv: KV
  readonly client: JetStreamClient
  readonly requests: NatsRequests
  /** Headers of a message that removes its key. */
  readonly removal: () => MsgHdrs
  /** Called when a write has failed: perhaps the bucket no longer exists. */
  readonly onFailure: () => void
  /** Whether a write was refused because the key has another revision. */
  readonly isConflict: (error: unknown) => boolean
}

/**
 * A table: the keys of the bucket that begin with its name. A value that is not a record of the table, such as one that was written by
 * hand, is treated as missing: it must not stop the agents of the whole fleet.
 */
export class NatsTable<T> implements Table<T> {
  readonly #bucket: Bucket
  readonly #name: string
  readonly #isRecord: Shape<T>

  constructor(bucket: Bucket, name: string, isRecord: Shape<T>) {
    this.#bucket = bucket
    this.#name = name
    this.#isRecord = isRecord
  }

  async get(key: string): Promise<Entry<T> | undefined> {
    const last = await this.#last(key)
    return last?.value === undefined ? undefined : { value: last.value, revision: last.revision }
  }

  async put(key: string, value: T, over: number): Promise<number | undefined> {
    const text = JSON.stringify(value)
    if (over !== 0) return this.#publish(key, text, over)
    // A removed key still has a last message, and that has a revision.
    const last = await this.#last(key)
    return last?.value === undefined ? this.#publish(key, text, last?.revision ?? 0) : undefined
  }

  async remove(key: string, over: number): Promise<boolean> {
    return over !== 0 && (await this.#publish(key, '', over, this.#bucket.removal())) !== undefined
  }

  watch(listener: (change: Change<T>) => void): Promise<() => void> {
    return guarded(async () => {
      const { connection, client, name } = this.#bucket
      const prefix = `$KV.${name}.${this.#name}.`
      const tell = (message: JsMsg) => {
        const address = message.subject.slice(prefix.length)
        // Written by another program: the keys of this table have no dots.
        if (address.includes('.')) return
        const key = address.replaceAll('=', '.')
        listener({ key, value: this.#recordIn(key, message.string()), revision: message.seq })
      }
      const { consumers } = client
      const watch = new TableWatch({ connection, consumers, stream: `KV_${name}`, subject: `${prefix}>`, tell })
      await watch.start()
      return () => watch.stop()
    })
  }

  /** The last message of a key. It has no value if it removes the key or is not a record. */
  async #last(key: string): Promise<{ readonly value: T | undefined; readonly revision: number } | undefined> {
    const { kv, requests } = this.#bucket
    const entry = await guarded(() => requests.send(() => kv.get(this.#keyOf(key))))
    return entry === null ? undefined : { value: this.#recordIn(key, entry.string()), revision: entry.revision }
  }

  /** Undefined also for a message that removes its key: that is empty. */
  #recordIn(key: string, text: string): T | undefined {
    try {
      const value: unknown = JSON.parse(text)
      return this.#isRecord(value, key) ? value : undefined
    } catch {
      return undefined
    }
  }

  /**
   * Writes a message that replaces the one of this revision; undefined if another message has replaced it. Replicated streams of
   * nats-server 2.9 have two traps, which test/proofs/nats-compare-and-set.mjs shows:
   * - They compare revisions when a message arrives, before earlier messages have passed Raft. So they acknowledge several concurrent
   *   writes over one revision. Duplicate message ids, however, are detected when a message is stored. So all writes over one revision
   *   have the same message id, and every write after the first is a duplicate.
   * - A message that is refused only when it is stored (a duplicate, or a message over revision 0) makes them store the last messages
   *   again after all servers were killed. So `put` reads before it writes, and only truly concurrent writes reach this case.
   */
  async #publish(key: string, payload: string, over: number, headers?: MsgHdrs): Promise<number | undefined> {
    const { client, requests, name, isConflict, onFailure } = this.#bucket
    const address = this.#keyOf(key)
    this.#checkSize(key, payload)
    const options = {
      expect: { lastSubjectSequence: over },
      ...(over !== 0 && { msgID: `${address}@${over}` }),
      ...(headers !== undefined && { headers }),
    }
    try {
      const { seq, duplicate } = await requests.send(() => client.publish(`$KV.${name}.${address}`, payload, options))
      return duplicate ? undefined : seq
    } catch (thrown) {
      if (isConflict(thrown)) return undefined
      onFailure()
      throw fleetError(thrown)
    }
  }

  /** @throws ProducerError, not retriable, for a record that is too large for the servers */
  #checkSize(key: string, payload: string): void {
    const maxBytes = this.#bucket.connection.info?.max_payload ?? Number.POSITIVE_INFINITY
    const bytes = Buffer.byteLength(payload)
    if (bytes <= maxBytes - HEADERS_MAX_BYTES) return
    const message = `${key}: its record in ${this.#name} has ${bytes} bytes; these servers of NATS take at most ${maxBytes} (max_payload)`
    throw new ProducerError('ERR_LOGHUB_FLEET', message)
  }

  /** Ids may have dots, which separate the parts of a subject, but never equals signs. */
  #keyOf(key: string): string {
    return `${this.#name}.${key.replaceAll('.', '=')}`
  }
}

async function guarded<R>(work: () => Promise<R>): Promise<R> {
  try {
    return await work()
  } catch (thrown) {
    throw fleetError(thrown)
  }
}

export function fleetError(thrown: unknown): ProducerError {
  const cause = toError(thrown)
  return new ProducerError('ERR_LOGHUB_FLEET', `NATS: ${cause.message}`, { cause, retriable: true })
}
