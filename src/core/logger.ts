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

/** A logger whose own failures stay with it: it is foreign code, and there is nobody left to tell. */
export function guardedLogger(logger: Logger): Logger {
  const guarded = (level: keyof Logger) => (message: string) => {
    try {
      logger[level](message)
    } catch {
      // Nothing that is owed to a caller may be lost for a line that cannot be written.
    }
  }
  return { debug: guarded('debug'), info: guarded('info'), warn: guarded('warn'), error: guarded('error') }
}
