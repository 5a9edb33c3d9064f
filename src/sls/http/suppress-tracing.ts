import { openTelemetryContexts } from '../../core/opentelemetry.ts'

// As `suppressTracing` of @opentelemetry/core names it; its tracer and its propagators look for it.
const SUPPRESS_TRACING = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING')

/**
 * Starts a request so that an instrumented application makes no span of it: spans of deliveries would be exported by
 * requests, which would make spans.
 * `test/sls/http/suppress-tracing.test.ts` holds it against the instrumentation of undici.
 */
export function suppressTracing(start: () => void): void {
  const contexts = openTelemetryContexts()
  if (contexts === undefined) start()
  else contexts.with(contexts.active().setValue(SUPPRESS_TRACING, true), start)
}
