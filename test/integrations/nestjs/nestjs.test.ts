import 'reflect-metadata'
import { Module } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { describe, expect, test } from 'vitest'
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
})
