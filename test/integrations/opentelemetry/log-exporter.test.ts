import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { describe, expect, test } from 'vitest'
import { LoghubLogExporter } from '../../../src/integrations/opentelemetry/log-exporter.ts'
import { integrationEmulator } from '../../support/integration.ts'

async function provider(more = {}) {
  const service = await integrationEmulator()
  const exporter = new LoghubLogExporter({ config: service.config, ...more })
  const loggers = new LoggerProvider({
    resource: resourceFromAttributes({ 'service.name': 'shop' }),
    processors: [new BatchLogRecordProcessor({ exporter })],
  })
  return { ...service, exporter, loggers }
}

describe('an exporter of OpenTelemetry log records', () => {
  test('sends body, severity, attributes, scope, resource and the time to the nanosecond', async () => {
    const { loggers, received } = await provider()
    loggers.getLogger('checkout', '1.2.0').emit({
      timestamp: [1_700_000_000, 123_456_789],
      severityNumber: 13,
      body: 'slow',
      attributes: { 'http.method': 'GET', ms: 12, tags: ['a', 'b'] },
    })
    await loggers.forceFlush()
    expect(received()).toEqual([
      {
        time: 1_700_000_000,
        nanoseconds: 123_456_789,
        fields: {
          level: 'warn',
          severity_number: '13',
          message: 'slow',
          'http.method': 'GET',
          ms: '12',
          tags: '["a","b"]',
          'scope.name': 'checkout',
          'scope.version': '1.2.0',
          'resource.service.name': 'shop',
        },
      },
    ])
    await loggers.shutdown()
  })

  test('sends a body that is an object as fields', async () => {
    const { loggers, received } = await provider()
    loggers.getLogger('app').emit({ severityText: 'INFO', body: { user: { id: 7 } } })
    await loggers.shutdown()
    expect(received()[0]?.fields).toMatchObject({ level: 'info', 'message.user.id': '7' })
  })

  test('reports a failure where a record is not stored', async () => {
    const { exporter, emulator, loggers } = await provider()
    emulator.script({ then: { status: 403, errorCode: 'Unauthorised' } })
    const records: Parameters<LoghubLogExporter['export']>[0] = []
    const spy = new LoggerProvider({
      processors: [
        { onEmit: (record) => records.push(record as never), forceFlush: async () => {}, shutdown: async () => {} },
      ],
    })
    spy.getLogger('app').emit({ body: 'lost' })
    const result = await new Promise<{ code: number; error?: Error }>((resolve) => exporter.export(records, resolve))
    expect([result.code, result.error?.name]).toEqual([1, 'SendError'])
    await loggers.shutdown()
  })

  test('refuses records after its end', async () => {
    const { exporter } = await provider()
    await exporter.shutdown()
    const result = await new Promise<{ code: number }>((resolve) => exporter.export([], resolve))
    expect(result.code).toBe(1)
  })
})
