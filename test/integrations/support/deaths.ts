import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startEmulator } from '../../../src/emulator/index.ts'
import { BUILD_DIR } from '../../support/build-once.ts'

const url = (file: string) => pathToFileURL(resolve(BUILD_DIR, file)).href
const entry = (name: string) => url(`integrations/${name}/index.js`)

/** How a process ends, and what does it. */
const ENDINGS = {
  'the end of the script': '',
  'the end of the script, closed first': 'await close()',
  'process.exit': 'setTimeout(() => process.exit(0), 50)',
  SIGTERM: "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50)",
  'SIGTERM with exitHook': "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50)",
  'an uncaught exception': "setTimeout(() => { throw new Error('on purpose') }, 50)",
} as const

/** What makes `log(i)` and `close()`. */
const SETUPS: Readonly<Record<string, string>> = {
  pinoStream: `
    const { pinoStream } = await import(${JSON.stringify(entry('pino'))})
    const { default: pino } = await import('pino')
    const producer = new Producer(config)
    const logger = pino({}, pinoStream(producer))
    const log = (n) => logger.info({ n })
    const close = () => producer.close()`,
  'the pino transport': `
    const { default: pino } = await import('pino')
    const transport = pino.transport({ target: ${JSON.stringify(resolve(BUILD_DIR, 'integrations/pino/index.js'))}, options: { config } })
    const logger = pino({}, transport)
    const log = (n) => logger.info({ n })
    const close = () => new Promise((done) => { transport.once('close', done); transport.end() })`,
  winston: `
    const { LoghubTransport } = await import(${JSON.stringify(entry('winston'))})
    const { default: winston } = await import('winston')
    const transport = new LoghubTransport({ config })
    const logger = winston.createLogger({ transports: [transport] })
    const log = (n) => logger.info('n', { n })
    const close = () => new Promise((done) => { transport.once('finish', done); logger.end() })`,
  OpenTelemetry: `
    const { LoghubLogExporter } = await import(${JSON.stringify(entry('opentelemetry'))})
    const { BatchLogRecordProcessor, LoggerProvider } = await import('@opentelemetry/sdk-logs')
    const exporter = new LoghubLogExporter({ config })
    const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 1_000_000, scheduledDelayMillis: 10 })
    const provider = new LoggerProvider({ processors: [processor] })
    const logger = provider.getLogger('app')
    const log = (n) => logger.emit({ body: 'n', attributes: { n } })
    const close = () => provider.shutdown()`,
  NestJS: `
    const { LoghubLogger } = await import(${JSON.stringify(entry('nestjs'))})
    const logger = new LoghubLogger({ config })
    const log = (n) => logger.log({ n })
    const close = () => logger.onApplicationShutdown()`,
}

export const INTEGRATIONS = Object.keys(SETUPS)
export const DEATHS = Object.keys(ENDINGS) as (keyof typeof ENDINGS)[]

const HARD: readonly string[] = ['process.exit', 'SIGTERM', 'an uncaught exception']

/** Where logs may be lost without a spool. */
export const LOST: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(INTEGRATIONS.map((name) => [name, HARD])),
  // pino waits at the exit of the process until its thread has ended. Signals do not reach that thread.
  'the pino transport': ['SIGTERM', 'SIGTERM with exitHook'],
  // OpenTelemetry's own batch processor holds records that the producer does not know; only its shutdown sends them.
  OpenTelemetry: [...HARD, 'the end of the script', 'SIGTERM with exitHook'],
}

/** Runs a program that logs so many times and dies; resolves to how many of its logs are stored, each counted once. */
export async function deliveredAt(integration: string, death: keyof typeof ENDINGS, logs: number): Promise<number> {
  const emulator = await startEmulator({ autoCreate: true })
  try {
    const config = {
      ...{ endpoint: emulator.url, project: 'proj', logstore: 'logs', lingerMs: 500 },
      credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
      exitHook: death.endsWith('with exitHook'),
    }
    const program = `
      import { Producer } from ${JSON.stringify(url('index.js'))}
      const config = ${JSON.stringify(config)}
      ${SETUPS[integration]}
      for (let i = 0; i < ${logs}; i++) {
        log(i)
        if (i % 1000 === 999) await new Promise(setImmediate)
      }
      ${ENDINGS[death]}`
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 2, 'ignore'],
    })
    await new Promise((ended) => child.once('close', ended))
    const stored = emulator.logs({ project: 'proj', logstore: 'logs' })
    return new Set(stored.map(({ contents }) => contents.find(([key]) => key === 'n')?.[1])).size
  } finally {
    await emulator.close()
  }
}
