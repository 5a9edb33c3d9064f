// An appender for log4js, which calls `shutdown` of it in log4js.shutdown().
import { format } from 'node:util'
import log4js from 'log4js'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('log4js')

const loghubAppender = {
  configure({ config, destination }) {
    const producer = new Producer(config)
    const writer = producer.writer(destination)
    const append = ({ startTime, level, categoryName, data, context }) => {
      const error = data.find((part) => part instanceof Error)
      const fields = { ...context, level: level.levelStr.toLowerCase(), category: categoryName }
      writer.send({ ...fields, message: format(...data), error }, { time: startTime }, () => {})
    }
    append.shutdown = (done) => producer.close({ timeoutMs: 5000 }).then(() => done(), done)
    return append
  },
}

log4js.configure({
  appenders: { loghub: { type: loghubAppender, config: connection, destination: { topic } } },
  categories: { default: { appenders: ['loghub'], level: 'info' } },
})
const logger = log4js.getLogger('orders')
logger.addContext('requestId', 'r-1')
logger.info('order %d is paid', 7)
logger.error('failed', new Error('no money'))
await new Promise((done) => log4js.shutdown(done))

const stored = await readTopic(connection, topic)
check(
  stored[0],
  { requestId: 'r-1', level: 'info', category: 'orders', message: 'order 7 is paid' },
  'the event is stored',
)
check(stored[1].error.startsWith('Error: no money'), true, 'and an error has its stack')
await close()
