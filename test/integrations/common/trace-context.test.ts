import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import { afterEach, describe, expect, test } from 'vitest'
import type { Field } from '../../../src/integrations/common/fields.ts'
import { addTraceFields } from '../../../src/integrations/common/trace-context.ts'

function traceFields(before: Field[] = []): Record<string, unknown> {
  const fields = [...before]
  addTraceFields(fields)
  return Object.fromEntries(fields)
}

describe('the fields of the active span', () => {
  afterEach(() => {
    trace.disable()
    context.disable()
  })

  test('are none without OpenTelemetry', () => {
    expect(traceFields()).toEqual({})
  })

  test('are none outside a span', () => {
    new NodeTracerProvider().register()
    expect(traceFields()).toEqual({})
  })

  test('are its ids and flags, read from the real API without a dependency on it', () => {
    new NodeTracerProvider().register()
    trace.getTracer('test').startActiveSpan('work', (span) => {
      const { traceId, spanId } = span.spanContext()
      expect(traceFields()).toEqual({ trace_id: traceId, span_id: spanId, trace_flags: '01' })
      expect(traceFields([['trace_id', 'its own']])).toEqual({ trace_id: 'its own' })
      span.end()
    })
  })
})
