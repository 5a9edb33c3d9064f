import { Alarm } from '../../../core/alarm.ts'
import { toError } from '../../../core/errors.ts'
import { Fifo } from '../../../core/fifo.ts'
import type { InputContext } from '../../input.ts'
import { pause } from '../../schedule/pause.ts'
import type { ListSettled } from '../../write/input-writer.ts'
import { DeadLetters } from './dead-letters.ts'
import { HeldMessages } from './held-messages.ts'
import { DEFAULT_ACK_WAIT_MS, type JetstreamOptions } from './jetstream-options.ts'
import { MessageReader } from './message-reader.ts'
import type { MessageSource, StreamMessage } from './message-source.ts'

const DEFAULT_MAX_DELIVER = 10
const DEFAULT_MAX_UNSETTLED = 20_000
const DEFAULT_MAX_UNSETTLED_BYTES = 64 * 1024 * 1024
/** Messages of one fetch: each fetch is a round trip. */
const MAX_FETCH = 1000
/** Time before lost logs are written again, and before the fetch after a failed one. */
const AGAIN_MS = 1000

/**
 * Writes the messages of a source to the producer in order, and ends each by its result. A message that is delivered or on disk is
 * acknowledged. One that is lost, for lack of time or memory, stays here and is written again: an outage of the service does not count
 * as a delivery. One that the service refuses becomes a dead letter.
 */
export class MessageIntake {
  readonly #source: MessageSource
  readonly #options: JetstreamOptions
  readonly #context: InputContext
  readonly #held: HeldMessages
  readonly #reader: MessageReader
  readonly #deadLetters: DeadLetters
  readonly #waiting = new Fifo<StreamMessage>()
  readonly #givenUp: StreamMessage[] = []
  readonly #again: Alarm
  #handing: Promise<void> = Promise.resolve()
  #isHanding = false
  #mustRestore = false
  /** Why messages cannot be fetched at present. */
  #trouble: string | undefined
  #isOver = false

  constructor(source: MessageSource, options: JetstreamOptions, context: InputContext) {
    this.#source = source
    this.#options = options
    this.#context = context
    const { clock, count } = context
    this.#reader = new MessageReader(options, { nowMs: () => clock.now(), count: (name) => count(name) })
    this.#held = new HeldMessages(
      {
        clock,
        ackWaitMs: options.ackWaitMs ?? DEFAULT_ACK_WAIT_MS,
        maxMessages: options.maxUnsettled ?? DEFAULT_MAX_UNSETTLED,
        maxBytes: options.maxUnsettledBytes ?? DEFAULT_MAX_UNSETTLED_BYTES,
        onSign: () => this.#beat(),
      },
      source.maxMessageBytes,
    )
    this.#deadLetters = new DeadLetters(source, this.#held, context, options.deadLetter !== undefined)
    this.#again = new Alarm(clock, () => this.#handOverAgain())
  }

  /** Reads until the input must end or, with `once`, until there are no more messages. Resolves when all are written. */
  async run(): Promise<void> {
    const { signal, once } = this.#context
    const wake = () => this.#held.wake()
    signal.addEventListener('abort', wake)
    while (!signal.aborted) {
      this.#beat()
      // Waits for several results, so that fetches are large.
      const { room, size, capacity } = this.#held
      if (size > 0 && room < Math.min(MAX_FETCH, capacity / 4)) await this.#held.whenChanged()
      else if ((await this.#fetch(Math.min(room, MAX_FETCH))) === 0 && once) break
    }
    while (once && !signal.aborted && this.#held.size > 0) await this.#held.whenChanged()
    signal.removeEventListener('abort', wake)
    await this.#end()
  }

  /** Resolves when the last message has its result. */
  async whenSettled(): Promise<void> {
    while (this.#held.size > 0) await this.#held.whenChanged()
  }

  /** Writes what was read as long as there is time; the rest is negatively acknowledged at once. */
  async #end(): Promise<void> {
    this.#isOver = true
    this.#deadLetters.end()
    this.#again.clear()
    await Promise.race([this.#handing, aborted(this.#context.abortSignal)])
    const rest = [...this.#givenUp.splice(0), ...drained(this.#waiting)]
    for (const { seq } of rest) this.#held.release(seq)
  }

  /** Returns the number of messages. A failed fetch is logged, and a pause follows. */
  async #fetch(count: number): Promise<number | undefined> {
    const { clock, signal } = this.#context
    let fetched = 0
    try {
      if (this.#mustRestore) await this.#source.restore()
      this.#mustRestore = false
      for await (const message of this.#source.fetch(count, signal)) {
        fetched++
        this.#take(message)
      }
      this.#tell(undefined)
      return fetched
    } catch (thrown) {
      this.#mustRestore = true
      this.#context.count('fetchErrors')
      this.#tell(toError(thrown).message)
      await pause(clock, AGAIN_MS, signal)
      return undefined
    }
  }

  /** Logged once for each cause, however long it lasts. */
  #tell(trouble: string | undefined): void {
    if (trouble === this.#trouble) return
    const { logger, detail } = this.#context
    this.#trouble = trouble
    detail('fetch', trouble ?? 'works')
    if (trouble === undefined) logger.info('messages can be fetched again')
    else logger.warn(`messages cannot be fetched: ${trouble}; it is tried again every ${AGAIN_MS} ms`)
  }

  #take(message: StreamMessage): void {
    const { deadLetter, maxDeliver = DEFAULT_MAX_DELIVER } = this.#options
    const { deliveryCount } = message.info
    if (deliveryCount > 1) this.#context.count('redeliveries')
    if (!this.#held.hold(message)) return
    if (deadLetter !== undefined && deliveryCount > maxDeliver) {
      this.#deadLetters.add(message, `delivered ${deliveryCount - 1} times without an end`)
    } else this.#offer(message)
  }

  #offer(message: StreamMessage): void {
    this.#waiting.push(message)
    if (!this.#isHanding) this.#handing = this.#handAll()
  }

  /** One after the other: a write that waits for memory delays those behind it. Never rejects. */
  async #handAll(): Promise<void> {
    this.#isHanding = true
    const { abortSignal } = this.#context
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (abortSignal.aborted) this.#held.release(next.seq)
      else await this.#hand(next)
    }
    this.#isHanding = false
  }

  async #hand(message: StreamMessage): Promise<void> {
    const reading = this.#reader.read(message)
    const read = reading instanceof Promise ? await reading : reading
    if (typeof read === 'string') return this.#deadLetters.add(message, `it cannot be read: ${read}`)
    const onSettled: ListSettled = (verdict, error) => {
      if (verdict === 'lost') this.#giveUp(message)
      // Without an error it was dropped for lack of memory, because the input is not required.
      else if (verdict === 'refused' && error !== null) this.#deadLetters.add(message, error.message)
      else this.#held.acknowledge(message.seq)
    }
    try {
      const { writer } = this.#context
      const target = read.destination === undefined ? writer : writer.to(read.destination)
      await target.writeAll(read.logs, onSettled, { sizeInBytes: message.data.length })
    } catch (thrown) {
      // For example a destination that the producer refuses: it would refuse it again.
      this.#deadLetters.add(message, toError(thrown).message)
    }
  }

  /** Written again after a pause. If the input ends, another agent gets the message. */
  #giveUp(message: StreamMessage): void {
    if (this.#isOver) return this.#held.release(message.seq)
    this.#context.count('handedOverAgain')
    this.#givenUp.push(message)
    if (!this.#again.isSet) this.#again.set(this.#context.clock.monotonicMs() + AGAIN_MS)
  }

  #handOverAgain(): void {
    for (const message of this.#givenUp.splice(0)) this.#offer(message)
  }

  #beat(): void {
    this.#context.beat(this.#source.fetchMs * 3 + (this.#options.ackWaitMs ?? DEFAULT_ACK_WAIT_MS))
  }
}

function* drained<T>(queue: Fifo<T>): Generator<T> {
  for (let item = queue.shift(); item !== undefined; item = queue.shift()) yield item
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
