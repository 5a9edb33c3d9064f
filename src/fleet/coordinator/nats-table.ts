import type { Consumers, JsMsg } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { ProducerError, toError } from '../../core/errors.ts'
import type { Change, Entry, Table } from './coordinator.ts'
import { TableWatch } from './table-watch.ts'

/** The key-value bucket of a fleet. */
export interface Bucket {
  readonly name: string
  readonly connection: NatsConnection
  readonly kv: KV
  readonly consumers: Consumers
  readonly requestTimeoutMs: number
  /** Whether a write was refused because somebody else was first. */
  readonly isConflict: (error: unknown) => boolean
}

/** One table: the keys of the bucket that begin with its name. */
export class NatsTable<T> implements Table<T> {
  readonly #bucket: Bucket
  readonly #name: string

  constructor(bucket: Bucket, name: string) {
    this.#bucket = bucket
    this.#name = name
  }

  async get(key: string): Promise<Entry<T> | undefined> {
    const entry = await guarded(() => this.#bucket.kv.get(this.#keyOf(key)))
    return entry?.operation === 'PUT' ? { value: entry.json<T>(), revision: entry.revision } : undefined
  }

  put(key: string, value: T, over: number): Promise<number | undefined> {
    const { kv, requestTimeoutMs } = this.#bucket
    const [name, text] = [this.#keyOf(key), JSON.stringify(value)]
    return this.#unlessConflict(() =>
      over === 0 ? kv.create(name, text) : kv.update(name, text, over, requestTimeoutMs),
    )
  }

  async remove(key: string, over: number): Promise<boolean> {
    if (over === 0) return false
    const isRemoved = await this.#unlessConflict(async () => {
      await this.#bucket.kv.delete(this.#keyOf(key), { previousSeq: over })
      return true
    })
    return isRemoved ?? false
  }

  watch(listener: (change: Change<T>) => void): Promise<() => void> {
    return guarded(async () => {
      const { connection, consumers, name } = this.#bucket
      const prefix = `$KV.${name}.${this.#name}.`
      const tell = (message: JsMsg) => listener(changeOf(message, prefix.length))
      const watch = new TableWatch({ connection, consumers, stream: `KV_${name}`, subject: `${prefix}>`, tell })
      await watch.start()
      return () => watch.stop()
    })
  }

  async #unlessConflict<R>(write: () => Promise<R>): Promise<R | undefined> {
    try {
      return await write()
    } catch (thrown) {
      if (this.#bucket.isConflict(thrown)) return undefined
      throw fleetError(thrown)
    }
  }

  /** Ids have dots, which separate the parts of a subject, and no equals signs. */
  #keyOf(key: string): string {
    return `${this.#name}.${key.replaceAll('.', '=')}`
  }
}

function changeOf<T>(message: JsMsg, prefixLength: number): Change<T> {
  const isRemoval = message.headers?.has('KV-Operation') === true
  return {
    key: message.subject.slice(prefixLength).replaceAll('=', '.'),
    value: isRemoval ? undefined : message.json<T>(),
    revision: message.seq,
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
