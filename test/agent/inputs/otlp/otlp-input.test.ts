import { SeverityNumber } from '@opentelemetry/api-logs'
import { OTLPLogExporter as JsonExporter } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs'
import { expect, test } from 'vitest'
import { logsOfRequest } from '../../../../src/agent/inputs/otlp/otlp-logs.ts'
import { runInput } from '../../support/real-agent.ts'
import { eventually } from '../../support/start-agent.ts'

test.each([
  ['JSON', JsonExporter],
  ['protobuf', ProtobufExporter],
])("takes what OpenTelemetry's own exporter sends as %s", async (_, Exporter) => {
  const { producer, status } = await runInput({ type: 'otlp', port: 0 })
  const exporter = new Exporter({ url: `${status().details.url}/v1/logs` })
  const processor = new BatchLogRecordProcessor({ exporter } as never)
  const provider = new LoggerProvider({ processors: [processor] } as never)
  const logger = provider.getLogger('scope', '1.2')
  logger.emit({
    timestamp: new Date(1_700_000_000_123),
    severityNumber: SeverityNumber.WARN,
    severityText: 'WARN',
    body: 'it works',
    attributes: { n: 7, big: 1.5, ok: true, list: ['a', 1], nested: { a: 'b' } },
  })
  logger.emit({ body: { message: 'a map' } })
  await provider.forceFlush()
  await provider.shutdown()
  await eventually(() => producer.taken.length === 2)
  const { contents, time } = producer.taken[0]!
  expect(contents).toMatchObject({
    level: 'warn',
    severity_number: '13',
    message: 'it works',
    n: '7',
    big: '1.5',
    ok: 'true',
    list: '["a","1"]',
    nested: '{"a":"b"}',
    'scope.name': 'scope',
    'scope.version': '1.2',
  })
  expect(contents['resource.service.name']).toMatch(/unknown_service|./)
  expect(Math.floor(time! / 1000)).toBe(1_700_000_000)
  expect(producer.taken[1]!.contents.message).toBe('{"message":"a map"}')
})

test('a broken body is refused, and an empty one taken', async () => {
  const { status } = await runInput({ type: 'otlp', port: 0 })
  const post = async (type: string, body: string) =>
    (await fetch(`${status().details.url}/v1/logs`, { method: 'POST', headers: { 'content-type': type }, body })).status
  expect(await post('application/x-protobuf', '\n\u00ff')).toBe(400)
  expect(await post('application/json', '{')).toBe(400)
  expect(await post('application/json', '{}')).toBe(200)
  expect(await post('text/plain', 'x')).toBe(415)
})

test.each([
  null,
  7,
  'x',
  [],
  { resourceLogs: 7 },
  { resourceLogs: [null, { scopeLogs: [{ logRecords: [null, 7] }] }] },
])('nonsense gives no logs: %j', (request) => {
  expect(logsOfRequest(request)).toEqual([])
})

test('a record of which nothing can be read is a log all the same', () => {
  const request = {
    resourceLogs: [
      { scopeLogs: [{ logRecords: [{ timeUnixNano: 'soon', body: 7, attributes: { a: 1 }, traceId: 7 }] }] },
    ],
  }
  expect(logsOfRequest(request)).toEqual([{ contents: [['message', '']] }])
})
