/** Receives messages that the package cannot return to a caller. `console` and most loggers fit. Never receives a secret. */
export interface Logger {
  /** Details that help to find a defect. */
  debug(message: string): void
  /** Rare events that are normal. */
  info(message: string): void
  /** A failure that may end by itself. */
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
