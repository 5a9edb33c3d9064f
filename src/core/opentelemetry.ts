/** What this package uses of the context of OpenTelemetry's API. */
export interface OpenTelemetryContext {
  getValue(key: symbol): unknown
  setValue(key: symbol, value: unknown): OpenTelemetryContext
}

interface ContextApi {
  active(): OpenTelemetryContext
  with<T>(context: OpenTelemetryContext, run: () => T): T
}

/**
 * Version 1 of the OpenTelemetry API keeps its parts in one global object, so that all copies of the package share them.
 * Reading it there needs no dependency. The tests of those who call this hold it against the real API.
 */
const API = Symbol.for('opentelemetry.js.api.1')

/** The contexts of the application's OpenTelemetry; undefined if there is none. */
export function openTelemetryContexts(): ContextApi | undefined {
  return (globalThis as Record<symbol, { context?: ContextApi } | undefined>)[API]?.context
}
