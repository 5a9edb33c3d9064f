// pino in the same thread: a stream that writes to a producer of the application, which delivers when it is closed.
import { Producer } from 'loghub-producer'
import { pinoStream } from 'loghub-producer/pino'
import pino from 'pino'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('pino')

const producer = new Producer(connection)
const logger = pino({ base: { service: 'shop' } }, pinoStream(producer, { destination: { topic } }))
logger.info({ req: { method: 'GET', path: '/' } }, 'served')
logger.error(new TypeError('no such user', { cause: new Error('not found') }), 'failed')
await producer.close()

const stored = await readTopic(connection, topic)
check(stored[0]['req.method'], 'GET', 'nested objects become fields with dots')
check(stored[1]['err.type'], 'TypeError', 'errors have their type')
await close()
