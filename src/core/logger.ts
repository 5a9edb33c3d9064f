/** Where the package says what it cannot return to a caller. `console` and most loggers fit. Never receives a secret. */
export interface Logger {
  /** What helps to find a fault. */
  debug(message: string): void
  /** What happens seldom and is as it should be. */
  info(message: string): void
  /** Something is wrong and may pass. */
  warn(message: string): void
  /** Logs were lost, or work has stopped. */
  error(message: string): void
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/**
 * Begins every message of a producer, so that it can be told from the application's own: in the application's log, and by
 * an integration that must not send back what the producer says of itself.
 */
export const OWN_MESSAGE_PREFIX = 'loghub-producer: '

/** Warnings and errors, one line each. */
export const stderrLogger: Logger = {
  ...silentLogger,
  warn: (message) => console.error(withLevel('warning', message)),
  error: (message) => console.error(withLevel('error', message)),
}

function withLevel(level: string, message: string): string {
  const text = message.startsWith(OWN_MESSAGE_PREFIX) ? message.slice(OWN_MESSAGE_PREFIX.length) : message
  return `${OWN_MESSAGE_PREFIX}${level}: ${text}`
}
