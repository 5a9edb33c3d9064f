/** What one HTTP server takes before it refuses. Every field has a default that suits a server on a developer's machine. */
export interface ServerLimits {
  /** Bytes of the request line and the headers together, 1024 or more; more is answered with 431. Default 16 KiB. */
  readonly maxHeaderBytes: number
  /** How long the headers of a request may take to arrive, in milliseconds of the system's clock. Default 30000. */
  readonly headersTimeoutMs: number
  /** How long a request may take to arrive, its body included, in milliseconds of the system's clock. Default 60000. */
  readonly requestTimeoutMs: number
  /** How long a handler may take to begin its answer, in milliseconds; then 503 is answered. 0: no limit. Default 60000. */
  readonly handlerTimeoutMs: number
  /** How long a client may take to read an answer; then its connection is cut. Event streams have no such end. Default 60000. */
  readonly answerTimeoutMs: number
  /** How long a connection may stay open between two requests. Default 60000. */
  readonly keepAliveTimeoutMs: number
  /** Connections open at once; one more is closed at once. Default 10000. */
  readonly maxConnections: number
}

/** The limits that hold where nothing else is said. */
export const defaultServerLimits: ServerLimits = {
  maxHeaderBytes: 16 * 1024,
  headersTimeoutMs: 30_000,
  requestTimeoutMs: 60_000,
  handlerTimeoutMs: 60_000,
  answerTimeoutMs: 60_000,
  keepAliveTimeoutMs: 60_000,
  maxConnections: 10_000,
}
