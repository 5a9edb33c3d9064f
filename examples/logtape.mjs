// A sink for LogTape: a function that takes a record, and that is disposed of with the configuration.
import { configure, dispose, getLogger } from '@logtape/logtape'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('logtape')

function loghubSink(producer, destination) {
  const writer = producer.writer(destination)
  const sink = ({ level, category, message, properties, timestamp }) => {
    const text = message.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('')
    const fields = { ...properties, level, category: category.join('.'), message: text }
    writer.send(fields, { time: timestamp }, () => {})
  }
  sink[Symbol.asyncDispose] = () => producer.close({ timeoutMs: 5000 })
  return sink
}

await configure({
  sinks: { loghub: loghubSink(new Producer(connection), { topic }) },
  loggers: [
    { category: 'shop', sinks: ['loghub'], lowestLevel: 'info' },
    { category: ['logtape', 'meta'], sinks: [] },
  ],
})
getLogger(['shop', 'orders']).info('Order {id} is paid', { id: 7, total: 12.5 })
getLogger('shop').debug('not sent')
await dispose()

const stored = await readTopic(connection, topic)
const expected = { level: 'info', category: 'shop.orders', message: 'Order 7 is paid', id: '7', total: '12.5' }
check(stored, [expected], 'the record is stored with its properties')
await close()
