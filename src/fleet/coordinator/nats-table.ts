import type { ConsumerMessages, Consumers, DeliverPolicy, JsMsg } from '@nats-io/jetstream'
import type { KV } from '@nats-io/kv'
import { ProducerError, toError } from '../../core/errors.ts'
import type { Change, Entry, Table } from './coordinator.ts'

/** The key-value bucket of a fleet. */
export interface Bucket {
  readonly name: string
  readonly kv: KV
  readonly consumers: Consumers
  readonly requestTimeoutMs: number
  /** Whether a write was refused because somebody else was first. */
  readonly isConflict: (error: unknown) => boolean
}

const LAST_PER_SUBJECT = 'last_per_subject' as DeliverPolicy
/** A consumer that tells nothing for two of these is gone, such as with its server, and is made again. */
const IDLE_HEARTBEAT_MS = 2000

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
      const { consumers, name } = this.#bucket
      const subject = `$KV.${name}.${this.#name}.`
      // An ordered consumer: it goes on where it was after a lost connection, and tells nothing twice.
      const consumer = await consumers.get(`KV_${name}`, {
        filter_subjects: `${subject}>`,
        deliver_policy: LAST_PER_SUBJECT,
      })
      const { num_pending: present } = await consumer.info(true)
      const messages = await consumer.consume({ idle_heartbeat: IDLE_HEARTBEAT_MS })
      const tell = (message: JsMsg) => listener(changeOf(message, subject.length))
      await followed(messages, present, tell)
      return () => messages.stop()
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

/** Resolves when the messages that are there have been told; those to come are told as they come. */
function followed(messages: ConsumerMessages, present: number, tell: (message: JsMsg) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let told = 0
    if (present === 0) resolve()
    const follow = async () => {
      for await (const message of messages) {
        tell(message)
        if (++told === present) resolve()
      }
      reject(new Error('the connection was closed'))
    }
    follow().catch(reject)
  })
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
