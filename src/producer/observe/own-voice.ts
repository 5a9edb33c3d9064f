import type { Logger } from '../../core/logger.ts'

/**
 * The producer's way of speaking to its logger. A logger may itself write to the producer: what is sent while it is
 * being called is recognised here and not sent, or each warning would cause the next.
 */
export class OwnVoice implements Logger {
  readonly #logger: Logger
  #isSpeaking = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get isSpeaking(): boolean {
    return this.#isSpeaking
  }

  debug(message: string): void {
    this.#say('debug', message)
  }

  info(message: string): void {
    this.#say('info', message)
  }

  warn(message: string): void {
    this.#say('warn', message)
  }

  error(message: string): void {
    this.#say('error', message)
  }

  /** A logger that throws has lost its say, and nothing else. */
  #say(level: keyof Logger, message: string): void {
    const wasSpeaking = this.#isSpeaking
    this.#isSpeaking = true
    try {
      this.#logger[level](message)
    } catch {
      // There is nobody left to tell.
    } finally {
      this.#isSpeaking = wasSpeaking
    }
  }
}
