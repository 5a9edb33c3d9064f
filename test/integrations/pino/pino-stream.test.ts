import { context, trace } from '@opentelemetry/api'
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node'
import pino10 from 'pino'
import pino9 from 'pino-9'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Logger } from '../../../src/core/logger.ts'
import { pinoStream } from '../../../src/integrations/pino/pino-stream.ts'
import { ended, integrationEmulator } from '../../support/integration.ts'

describe.each([
  ['10', pino10],
  ['9', pino9 as unknown as typeof pino10],
])('a stream for pino %s', (_, pino) => {
  test('sends level, message, time and fields, nested ones with dots', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    const logger = pino({ base: { service: 'shop' }, timestamp: () => ',"time":1700000000123' }, stream)
    logger.warn({ req: { method: 'GET', id: 7 }, ok: true }, 'hello')
    await ended(stream)
    expect(received()).toEqual([
      {
        time: 1_700_000_000,
        nanoseconds: undefined,
        fields: { level: 'warn', service: 'shop', 'req.method': 'GET', 'req.id': '7', ok: 'true', message: 'hello' },
      },
    ])
  })

  test('sends an error with type, message, stack and cause', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    pino({}, stream).error(new TypeError('bad', { cause: new Error('root') }), 'it failed')
    await ended(stream)
    const [log] = received()
    expect(log?.fields).toMatchObject({ level: 'error', message: 'it failed', 'err.type': 'TypeError' })
    expect(log?.fields['err.stack']).toContain('caused by: Error: root')
  })

  test('keeps the nanoseconds of a time that has them, and what pino redacts stays redacted', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    const timestamp = () => ',"time":"2026-01-02T03:04:05.123456789Z"'
    pino({ timestamp, redact: ['user.password'] }, stream).info({ user: { password: 'hidden' } })
    await ended(stream)
    expect(received()[0]).toMatchObject({ nanoseconds: 123_456_789, fields: { 'user.password': '[Redacted]' } })
  })

  test('heeds levels, message key and JSON for nested objects where asked', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer(), {
      flatten: 'json',
      messageField: 'text',
      pino: { levels: { labels: { 35: 'notice' } }, messageKey: 'm' },
    })
    const logger = pino({ customLevels: { notice: 35 }, messageKey: 'm', base: null }, stream)
    logger.notice({ req: { id: 1 } }, 'hi')
    await ended(stream)
    expect(received()[0]?.fields).toEqual({ level: 'notice', req: '{"id":1}', text: 'hi' })
  })
})

describe('a stream for pino', () => {
  test('adds the ids of the active span', async () => {
    new NodeTracerProvider().register()
    onTestFinished(() => {
      trace.disable()
      context.disable()
    })
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    trace.getTracer('test').startActiveSpan('work', (span) => {
      pino10({}, stream).info('inside')
      span.end()
    })
    await ended(stream)
    expect(received()[0]?.fields.trace_id).toMatch(/^[0-9a-f]{32}$/)
  })

  test('takes what other code writes to it, also what is not JSON', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    stream.write('plain text\n{"level":30,"msg":"json"}\n')
    stream.write('[1,2]\n')
    stream.write('{}\n')
    await ended(stream)
    expect(received().map(({ fields }) => fields.message)).toEqual(['plain text', 'json', '[1,2]', '{}'])
  })

  test('does not send back what the producer says of itself, whenever the logger writes it', async () => {
    const { startProducer, emulator, received } = await integrationEmulator()
    emulator.script({ times: 3, then: { status: 500, errorCode: 'InternalServerError' } })
    const later: (() => void)[] = []
    const logger: Logger = { debug() {}, info() {}, error() {}, warn: (message) => later.push(() => app.warn(message)) }
    const producer = startProducer({ logger, baseRetryBackoffMs: 1 })
    const stream = pinoStream(producer)
    const app = pino10({ base: null }, stream)
    app.info('first')
    await producer.flush()
    expect(later.length).toBeGreaterThan(0)
    for (const write of later) write()
    await ended(stream)
    expect(received().map(({ fields }) => fields.message)).toEqual(['first'])
  })

  test('never throws and never blocks where the producer is closed', async () => {
    const { startProducer } = await integrationEmulator()
    const producer = startProducer()
    const stream = pinoStream(producer)
    await producer.close()
    pino10({}, stream).info('too late')
    await ended(stream)
    expect(producer.metrics().logs.refusedByCode).toEqual({ ERR_LOGHUB_CLOSED: 1 })
  })

  test('keeps a field of the application that is called timestamp, and a level of any form', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    stream.write('{"time":1700000000123,"timestamp":1600000000000,"level":{"toString":1}}\n')
    await ended(stream)
    expect(received()[0]).toMatchObject({
      time: 1_700_000_000,
      fields: { timestamp: '1600000000000', 'level.toString': '1' },
    })
  })

  test('is not needed where the level may stay a number: a stream of the producer takes lines of pino', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = startProducer().stream()
    pino10({ base: null, timestamp: () => ',"time":1700000000123' }, stream).warn({ req: { id: 1 } }, 'hello')
    await ended(stream)
    expect(received()[0]).toMatchObject({ time: 1_700_000_000, fields: { level: '40', msg: 'hello', req: '{"id":1}' } })
  })

  test('loses what is logged after its end, and nothing else happens', async () => {
    const { startProducer, received } = await integrationEmulator()
    const stream = pinoStream(startProducer())
    const logger = pino10({ base: null }, stream)
    logger.info('in time')
    await ended(stream)
    logger.info('too late')
    await new Promise(setImmediate)
    expect(received().map(({ fields }) => fields.message)).toEqual(['in time'])
  })
})
