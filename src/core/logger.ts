/** Where the package says what it cannot return to a caller. `console` and most loggers fit. Never receives a secret. */
export interface Logger {
  debug(message: string): void
  info(message: string): void
  warn(message: string): void
  error(message: string): void
}

export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Warnings and errors, one line each. */
export const stderrLogger: Logger = {
  ...silentLogger,
  warn: (message) => console.error(`loghub-producer: warning: ${message}`),
  error: (message) => console.error(`loghub-producer: error: ${message}`),
}
