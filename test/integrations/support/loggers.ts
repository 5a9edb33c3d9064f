import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BUILD_DIR } from '../../support/build-once.ts'

export const builtUrl = (file: string) => pathToFileURL(resolve(BUILD_DIR, file)).href
const load = (names: string, entry: string) =>
  `const { ${names} } = await import(${JSON.stringify(builtUrl(`integrations/${entry}/index.js`))})`

/**
 * Programs that make `log(n)` and `close()`, each through another integration. They find
 * `Producer`, `config` and `closeTimeoutMs`.
 */
export const LOGGERS: Readonly<Record<string, string>> = {
  pinoStream: `
    ${load('pinoStream', 'pino')}
    const { default: pino } = await import('pino')
    const producer = new Producer(config)
    const logger = pino({}, pinoStream(producer))
    const log = (n) => logger.info({ n })
    const close = () => producer.close()`,
  'the pino transport': `
    const { default: pino } = await import('pino')
    const transport = pino.transport({ target: ${JSON.stringify(resolve(BUILD_DIR, 'integrations/pino/index.js'))}, options: { config, closeTimeoutMs } })
    const logger = pino({}, transport)
    const log = (n) => logger.info({ n })
    const close = () => new Promise((done) => { transport.once('close', done); transport.end() })`,
  winston: `
    ${load('LoghubTransport', 'winston')}
    const { default: winston } = await import('winston')
    const transport = new LoghubTransport({ config, closeTimeoutMs })
    const logger = winston.createLogger({ transports: [transport] })
    const log = (n) => logger.info('n', { n })
    const close = () => new Promise((done) => { transport.once('finish', done); logger.end() })`,
  'OpenTelemetry, batch processor': `
    ${load('LoghubLogExporter', 'opentelemetry')}
    const { BatchLogRecordProcessor, LoggerProvider } = await import('@opentelemetry/sdk-logs')
    const exporter = new LoghubLogExporter({ config, closeTimeoutMs })
    const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 1_000_000, scheduledDelayMillis: 10 })
    const provider = new LoggerProvider({ processors: [processor] })
    const logger = provider.getLogger('app')
    const log = (n) => logger.emit({ body: 'n', attributes: { n } })
    const close = () => provider.shutdown()`,
  'OpenTelemetry, simple processor': `
    ${load('LoghubLogExporter', 'opentelemetry')}
    const { LoggerProvider, SimpleLogRecordProcessor } = await import('@opentelemetry/sdk-logs')
    const processor = new SimpleLogRecordProcessor({ exporter: new LoghubLogExporter({ config, closeTimeoutMs }) })
    const provider = new LoggerProvider({ processors: [processor] })
    const logger = provider.getLogger('app')
    const log = (n) => logger.emit({ body: 'n', attributes: { n } })
    const close = () => provider.shutdown()`,
  NestJS: `
    ${load('LoghubLogger', 'nestjs')}
    const logger = new LoghubLogger({ config, closeTimeoutMs })
    const log = (n) => logger.log({ n })
    const close = () => logger.onApplicationShutdown()`,
}
