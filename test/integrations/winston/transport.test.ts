import { describe, expect, test } from 'vitest'
import winston from 'winston'
import { LoghubTransport } from '../../../src/integrations/winston/transport.ts'
import { ended, integrationEmulator } from '../../support/integration.ts'

const { combine, timestamp, errors, colorize, splat } = winston.format

describe('a transport for winston', () => {
  test('sends level, message and fields, and finishes after delivery', async () => {
    const { config, received } = await integrationEmulator()
    const transport = new LoghubTransport({ config, destination: { topic: 'app' } })
    const logger = winston.createLogger({ level: 'debug', transports: [transport], defaultMeta: { service: 'shop' } })
    logger.debug('hello', { req: { method: 'GET' }, ms: 12 })
    const finished = ended(transport)
    logger.end()
    await finished
    expect(received().map(({ fields }) => fields)).toEqual([
      { level: 'debug', message: 'hello', service: 'shop', 'req.method': 'GET', ms: '12' },
    ])
  })

  test('sends the plain name of a level that is coloured, and the time of the timestamp format', async () => {
    const { config, received } = await integrationEmulator()
    const transport = new LoghubTransport({ config })
    const format = combine(timestamp({ format: () => '2026-01-02T03:04:05.000Z' }), colorize(), splat())
    winston.createLogger({ format, transports: [transport] }).info('n is %d', 7)
    await ended(transport)
    expect(received()).toEqual([
      {
        time: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
        nanoseconds: undefined,
        fields: { level: 'info', message: 'n is 7' },
      },
    ])
  })

  test('sends errors with their stack, as the message and as a field', async () => {
    const { config, received } = await integrationEmulator()
    const transport = new LoghubTransport({ config })
    const logger = winston.createLogger({ format: errors({ stack: true }), transports: [transport] })
    logger.error(new Error('boom'))
    logger.error('failed', { err: new TypeError('inner', { cause: new Error('root') }) })
    await ended(transport)
    const [first, second] = received().map(({ fields }) => fields)
    expect(first).toMatchObject({ level: 'error', message: 'boom' })
    expect(first?.stack).toContain('Error: boom')
    expect(second).toMatchObject({ 'err.type': 'TypeError', 'err.cause.message': 'root' })
  })

  test('calls back at once while the service does not answer, and ends within its time', async () => {
    const { config, emulator } = await integrationEmulator()
    emulator.script({ then: { delayMs: 60_000 } })
    const transport = new LoghubTransport({ config, closeTimeoutMs: 50 })
    const logger = winston.createLogger({ transports: [transport] })
    for (let i = 0; i < 1000; i++) logger.info('waiting')
    expect(transport.writableLength).toBe(0)
    await ended(transport)
  })

  test('leaves a producer of the application open', async () => {
    const { startProducer, received } = await integrationEmulator()
    const producer = startProducer()
    const transport = new LoghubTransport({ producer })
    const logger = winston.createLogger({ transports: [transport] })
    logger.info('one')
    logger.remove(transport)
    await producer.send({ logs: { contents: { message: 'two' } } })
    expect(received().map(({ fields }) => fields.message)).toEqual(['one', 'two'])
  })
})
