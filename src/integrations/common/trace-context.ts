import { openTelemetryContexts } from '../../core/opentelemetry.ts'
import type { Field } from './fields.ts'

interface SpanContext {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
}

interface Span {
  spanContext?(): SpanContext
}

// `test/integrations/common/trace-context.test.ts` holds it against the real API.
const ACTIVE_SPAN = Symbol.for('OpenTelemetry Context Key SPAN')

/** The span that is active where this is called; undefined if there is none, or no OpenTelemetry. */
export function activeSpanContext(): SpanContext | undefined {
  const span = openTelemetryContexts()?.active().getValue(ACTIVE_SPAN) as Span | undefined
  const spanContext = span?.spanContext?.()
  return spanContext !== undefined && isValid(spanContext) ? spanContext : undefined
}

/** Adds `trace_id`, `span_id` and `trace_flags`, the names of OpenTelemetry's log appenders, unless the record has them. */
export function addTraceFields(fields: Field[]): void {
  const span = activeSpanContext()
  if (span === undefined || fields.some(([key]) => key === 'trace_id')) return
  fields.push(['trace_id', span.traceId], ['span_id', span.spanId], ['trace_flags', flagsText(span.traceFlags)])
}

/** Two hex digits, as in the `traceparent` header. */
export function flagsText(traceFlags: number): string {
  return traceFlags.toString(16).padStart(2, '0')
}

/** Ids of zeros mean that there is no trace. */
function isValid({ traceId, spanId }: SpanContext): boolean {
  return /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId)
}
