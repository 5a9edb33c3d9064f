import { Alarm } from '../../../core/alarm.ts'
import type { Clock } from '../../../core/clock.ts'
import { Deferred } from '../../../core/deferred.ts'
import type { StreamMessage } from './message-source.ts'

export interface HeldMessagesOptions {
  readonly clock: Clock
  /** The server delivers a message again after this time without an acknowledgement or a progress report, in milliseconds. */
  readonly ackWaitMs: number
  readonly maxMessages: number
  readonly maxBytes: number
  /** Called at each round of progress reports. */
  readonly onSign: () => void
}

interface Held {
  readonly message: StreamMessage
  /** Time of its last progress report. */
  readonly signedAtMs: number
}

/** Progress is reported after this part of the wait, so that the next report is in time if one is lost. */
const DUE = 0.3
const LOOK = 0.1

/** An acknowledgement may be lost with its connection: so many ended sequences are remembered, to acknowledge a new delivery again. */
const REMEMBERED = 65_536

/**
 * The messages that were delivered to this agent and are not ended yet. While they wait, they are reported to the server as in progress.
 * Their limits, in number and bytes, are the back-pressure on the stream.
 */
export class HeldMessages {
  readonly #options: HeldMessagesOptions
  /** The most recently reported ones are last. */
  readonly #held = new Map<number, Held>()
  readonly #ended = new EndedMessages(REMEMBERED)
  readonly #signs: Alarm
  #bytes = 0
  #meanBytes: number
  #changed: Deferred<void> | undefined

  /** @param meanBytes the assumed size of the first messages */
  constructor(options: HeldMessagesOptions, meanBytes: number) {
    this.#options = options
    this.#meanBytes = meanBytes
    this.#signs = new Alarm(options.clock, () => this.#signDue())
  }

  get size(): number {
    return this.#held.size
  }

  /** How many messages may be held, by their recent size. At least one: a large message must not wait for ever. */
  get capacity(): number {
    const { maxMessages, maxBytes } = this.#options
    return Math.max(1, Math.min(maxMessages, Math.floor(maxBytes / Math.max(1, this.#meanBytes))))
  }

  /** How many more messages may be held. */
  get room(): number {
    const { maxMessages, maxBytes } = this.#options
    if (this.size === 0) return this.capacity
    const byBytes = Math.floor((maxBytes - this.#bytes) / Math.max(1, this.#meanBytes))
    return Math.max(0, Math.min(maxMessages - this.size, byBytes))
  }

  /** Adds a message. Returns false if it is held already, or has ended: then its acknowledgement was lost and is repeated. */
  hold(message: StreamMessage): boolean {
    const { seq } = message
    const held = { message, signedAtMs: this.#options.clock.monotonicMs() }
    if (this.#held.delete(seq)) {
      this.#held.set(seq, held)
      return false
    }
    // The delivery count cannot be used: nats-server 2.9 delivers a message again with a count of 1 after a negative acknowledgement.
    if (this.#ended.has(message)) {
      message.ack()
      return false
    }
    this.#held.set(seq, held)
    this.#bytes += message.data.length
    this.#meanBytes += (message.data.length - this.#meanBytes) / 16
    if (this.size === 1) this.#armSigns()
    return true
  }

  /** It is shipped: acknowledges it. */
  acknowledge(seq: number): void {
    this.#end(seq)?.ack()
  }

  /** It will never be shipped: terminates it. */
  terminate(seq: number): void {
    this.#end(seq)?.term()
  }

  /** Negatively acknowledges it: it is delivered again, to this or another agent. */
  release(seq: number): void {
    this.#take(seq)?.nak()
  }

  /** Resolves when a message has ended, or when `wake` is called. */
  whenChanged(): Promise<void> {
    this.#changed ??= new Deferred()
    return this.#changed.promise
  }

  wake(): void {
    this.#changed?.resolve()
    this.#changed = undefined
  }

  #end(seq: number): StreamMessage | undefined {
    const message = this.#take(seq)
    if (message !== undefined) this.#ended.add(message)
    return message
  }

  #take(seq: number): StreamMessage | undefined {
    const message = this.#held.get(seq)?.message
    if (message === undefined) return undefined
    this.#held.delete(seq)
    this.#bytes -= message.data.length
    if (this.size === 0) this.#signs.clear()
    this.wake()
    return message
  }

  /** Most messages have their result before a report is due. */
  #signDue(): void {
    const { clock, ackWaitMs, onSign } = this.#options
    const nowMs = clock.monotonicMs()
    for (const [seq, { message, signedAtMs }] of this.#held) {
      if (nowMs - signedAtMs < ackWaitMs * DUE) break
      message.working()
      this.#held.delete(seq)
      this.#held.set(seq, { message, signedAtMs: nowMs })
    }
    onSign()
    this.#armSigns()
  }

  #armSigns(): void {
    const { clock, ackWaitMs } = this.#options
    this.#signs.set(clock.monotonicMs() + ackWaitMs * LOOK)
  }
}

/** The last messages that have ended; their number is bounded. */
class EndedMessages {
  /** Time by sequence: in a new stream of the same name sequences start at 1 again, and the messages are others. */
  readonly #times = new Map<number, number>()
  readonly #max: number

  constructor(max: number) {
    this.#max = max
  }

  has({ seq, info }: StreamMessage): boolean {
    const time = this.#times.get(seq)
    return time !== undefined && time === info.timestampNanos
  }

  add({ seq, info }: StreamMessage): void {
    this.#times.set(seq, info.timestampNanos)
    // A Map keeps the order of insertion: the first is the oldest.
    if (this.#times.size > this.#max) this.#times.delete(this.#times.keys().next().value as number)
  }
}
