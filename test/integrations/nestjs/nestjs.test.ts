import 'reflect-metadata'
import { Logger as Logger12, Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { Logger as Logger11 } from 'nestjs-common-11'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LoghubLogger } from '../../../src/integrations/nestjs/loghub-logger.ts'
import { LoghubModule } from '../../../src/integrations/nestjs/loghub-module.ts'
import { integrationEmulator } from '../../support/integration.ts'

describe('a logger for NestJS', () => {
  test('sends message, level, context, stack and objects', async () => {
    const { config, received } = await integrationEmulator()
    const logger = new LoghubLogger({ config })
    logger.log('started', 'Bootstrap')
    logger.error('failed', 'Error: x\n    at a (b.js:1:1)', 'Orders')
    logger.warn({ orderId: 7, user: { id: 1 } }, 'Orders')
    logger.debug(new TypeError('bad'))
    logger.verbose('more', { ms: 1 }, 'Orders')
    await logger.onApplicationShutdown()
    const [started, failed, object, error, verbose] = received().map(({ fields }) => fields)
    expect(started).toEqual({ level: 'info', message: 'started', context: 'Bootstrap' })
    expect(failed).toEqual({
      level: 'error',
      message: 'failed',
      context: 'Orders',
      stack: 'Error: x\n    at a (b.js:1:1)',
    })
    expect(object).toEqual({ level: 'warn', orderId: '7', 'user.id': '1', context: 'Orders' })
    expect(error).toMatchObject({ level: 'debug', message: 'bad', 'error.type': 'TypeError' })
    expect(verbose).toEqual({ level: 'trace', message: 'more', ms: '1', context: 'Orders' })
  })

  test('sends only the levels it is set to', async () => {
    const { config, received } = await integrationEmulator()
    const logger = new LoghubLogger({ config, levels: ['warn'] })
    logger.log('no')
    logger.warn('yes')
    logger.setLogLevels(['log'])
    logger.log('now')
    await logger.onApplicationShutdown()
    expect(received().map(({ fields }) => fields.message)).toEqual(['yes', 'now'])
  })

  test('is provided by a module, logs for a real application, and delivers at its shutdown', async () => {
    const { config, received } = await integrationEmulator()
    class App {}
    Module({
      imports: [LoghubModule.forRootAsync({ inject: ['CONFIG'], useFactory: (given: never) => ({ config: given }) })],
    })(App)
    class Settings {}
    Module({ providers: [{ provide: 'CONFIG', useValue: config }], exports: ['CONFIG'] })(Settings)
    Reflect.defineMetadata('__module:global__', true, Settings)
    class Root {}
    Module({ imports: [Settings, App] })(Root)
    const app = await NestFactory.createApplicationContext(Root, { bufferLogs: true })
    app.useLogger(app.get(LoghubLogger))
    await app.close()
    expect(received().map(({ fields }) => fields.context)).toContain('NestFactory')
  })

  test.each([
    ['12', Logger12],
    ['11', Logger11 as unknown as typeof Logger12],
  ])('takes what the Logger of NestJS %s passes on', async (_, Logger) => {
    const { config, received } = await integrationEmulator()
    const logger = new LoghubLogger({ config })
    Logger.overrideLogger(logger)
    onTestFinished(() => Logger.overrideLogger(false))
    new Logger('Orders').warn('late', { ms: 7 })
    new Logger('Orders').error('failed', 'Error: x\n    at a (b.js:1:1)')
    await logger.onApplicationShutdown()
    expect(received().map(({ fields }) => fields)).toEqual([
      { level: 'warn', message: 'late', ms: '7', context: 'Orders' },
      { level: 'error', message: 'failed', stack: 'Error: x\n    at a (b.js:1:1)', context: 'Orders' },
    ])
  })

  test('never throws, whatever it is given', async () => {
    const { config, received } = await integrationEmulator()
    const logger = new LoghubLogger({ config })
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    const hostile = Object.defineProperty({ ok: 1 }, 'bad', { enumerable: true, get: () => proxy.toString() })
    logger.log(hostile, 'Orders')
    logger.log('message', hostile, 'Orders')
    logger.log(proxy, proxy)
    await logger.onApplicationShutdown()
    expect(received().map(({ fields }) => fields.ok)).toEqual(['1', '1', undefined])
  })
})
