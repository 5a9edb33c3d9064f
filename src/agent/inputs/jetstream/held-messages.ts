import { Alarm } from '../../../core/alarm.ts'
import type { Clock } from '../../../core/clock.ts'
import { Deferred } from '../../../core/deferred.ts'
import type { StreamMessage } from './message-source.ts'

export interface HeldMessagesOptions {
  readonly clock: Clock
  /** After so long without a sign of life the server delivers a message again. */
  readonly ackWaitMs: number
  readonly maxMessages: number
  readonly maxBytes: number
  /** Told at each sign of life. */
  readonly onSign: () => void
}

interface Held {
  readonly message: StreamMessage
  /** When the server heard of it last. */
  readonly signedAtMs: number
}

/** A sign of life is due after this part of the wait, and looked for so often: one that gets lost is made up for in time. */
const DUE = 0.3
const LOOK = 0.1

/** Acknowledgements get lost with a connection: so many sequences are remembered to answer what is delivered again. */
const REMEMBERED = 65_536

/**
 * The messages that were delivered to this agent and have no end yet. While they wait, the server is told that they are in progress;
 * how many there may be, in number and bytes, is what holds back the stream.
 */
export class HeldMessages {
  readonly #options: HeldMessagesOptions
  /** Those that had a sign last at the end. */
  readonly #held = new Map<number, Held>()
  readonly #ended = new EndedMessages(REMEMBERED)
  readonly #signs: Alarm
  #bytes = 0
  #meanBytes: number
  #changed: Deferred<void> | undefined

  /** @param meanBytes how large the first messages may be */
  constructor(options: HeldMessagesOptions, meanBytes: number) {
    this.#options = options
    this.#meanBytes = meanBytes
    this.#signs = new Alarm(options.clock, () => this.#signDue())
  }

  get size(): number {
    return this.#held.size
  }

  /** How many messages fit at all, by the size that they had lately. One always does: a large one must not wait for ever. */
  get capacity(): number {
    const { maxMessages, maxBytes } = this.#options
    return Math.max(1, Math.min(maxMessages, Math.floor(maxBytes / Math.max(1, this.#meanBytes))))
  }

  /** How many more messages fit. */
  get room(): number {
    const { maxMessages, maxBytes } = this.#options
    if (this.size === 0) return this.capacity
    const byBytes = Math.floor((maxBytes - this.#bytes) / Math.max(1, this.#meanBytes))
    return Math.max(0, Math.min(maxMessages - this.size, byBytes))
  }

  /** Takes a message; false for one that is here, or has ended here: its acknowledgement was lost and is made again. */
  hold(message: StreamMessage): boolean {
    const { seq } = message
    const held = { message, signedAtMs: this.#options.clock.monotonicMs() }
    if (this.#held.delete(seq)) {
      this.#held.set(seq, held)
      return false
    }
    // Its count of deliveries does not tell: nats-server 2.9 delivers one that was given back with a count of 1.
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

  /** It is shipped: the server forgets it. */
  acknowledge(seq: number): void {
    this.#end(seq)?.ack()
  }

  /** It will never be shipped: the server forgets it. */
  terminate(seq: number): void {
    this.#end(seq)?.term()
  }

  /** Another agent, or this one later, gets it. */
  release(seq: number): void {
    this.#take(seq)?.nak()
  }

  /** Resolves when a message has ended, or at `wake`. */
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

  /** Only for those that wait long: most have their verdict before a sign is due. */
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

/** The last messages that have ended, a bounded number. */
class EndedMessages {
  /** Time by sequence: a stream that was created again begins again with 1, and its messages are others. */
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
