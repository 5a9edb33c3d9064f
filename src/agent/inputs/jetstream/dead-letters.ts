import { toError } from '../../../core/errors.ts'
import { Fifo } from '../../../core/fifo.ts'
import type { InputContext } from '../../input.ts'
import { pause } from '../../schedule/pause.ts'
import type { HeldMessages } from './held-messages.ts'
import type { MessageSource, StreamMessage } from './message-source.ts'

interface DeadLetter {
  readonly message: StreamMessage
  readonly reason: string
}

/** Time before a dead letter that could not be stored is tried again. */
const AGAIN_MS = 1000

/**
 * Publishes messages that can never be shipped to the dead letter subject. Each is held until its dead letter is stored. Without such a
 * subject it is dropped, counted and logged.
 */
export class DeadLetters {
  readonly #source: MessageSource
  readonly #held: HeldMessages
  readonly #context: InputContext
  readonly #hasSubject: boolean
  readonly #waiting = new Fifo<DeadLetter>()
  #isStoring = false
  #isOver = false

  constructor(source: MessageSource, held: HeldMessages, context: InputContext, hasSubject: boolean) {
    this.#source = source
    this.#held = held
    this.#context = context
    this.#hasSubject = hasSubject
  }

  add(message: StreamMessage, reason: string): void {
    if (this.#hasSubject) {
      this.#waiting.push({ message, reason })
      if (!this.#isStoring) void this.#storeAll()
      return
    }
    this.#context.count('refusedMessages')
    this.#context.logger.warn(`${nameOf(message)} is dropped: ${reason}`)
    this.#held.terminate(message.seq)
  }

  /** Negatively acknowledges messages whose dead letters are not stored yet. */
  end(): void {
    this.#isOver = true
  }

  /** Never rejects. */
  async #storeAll(): Promise<void> {
    this.#isStoring = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      while (!(await this.#store(next))) {
        if (this.#isOver) {
          this.#held.release(next.message.seq)
          break
        }
        await pause(this.#context.clock, AGAIN_MS, this.#context.signal)
      }
    }
    this.#isStoring = false
  }

  async #store({ message, reason }: DeadLetter): Promise<boolean> {
    const { count, logger } = this.#context
    try {
      await this.#source.bury(message, reason)
    } catch (thrown) {
      count('deadLetterErrors')
      logger.warn(`the dead letter of ${nameOf(message)} cannot be stored: ${toError(thrown).message}`)
      return false
    }
    count('deadLetters')
    logger.warn(`${nameOf(message)} is a dead letter now: ${reason}`)
    this.#held.terminate(message.seq)
    return true
  }
}

function nameOf({ seq, subject }: StreamMessage): string {
  return `message ${seq} (${subject})`
}
