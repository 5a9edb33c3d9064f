import { type Logger, OWN_MESSAGE_PREFIX } from '../../core/logger.ts'
import { runForeign } from '../../core/safe-emitter.ts'

/**
 * The logger of the user, made safe to call: what it throws, or what its promise rejects with, has no effect. A logger may
 * itself write to the producer: `isLogging` tells it, and such a log is refused, or each warning would cause the next.
 */
export class GuardedLogger implements Logger {
  readonly #logger: Logger
  #isLogging = false

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get isLogging(): boolean {
    return this.#isLogging
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

  #say(level: keyof Logger, message: string): void {
    const wasLogging = this.#isLogging
    this.#isLogging = true
    // There is nobody left to tell of an error.
    runForeign(
      () => this.#logger[level](OWN_MESSAGE_PREFIX + message),
      () => {},
    )
    this.#isLogging = wasLogging
  }
}
