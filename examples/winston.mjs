// A transport for winston: logging calls back at once, and `finish` of the transport comes after the delivery.
import { once } from 'node:events'
import { LoghubTransport } from 'loghub-producer/winston'
import winston from 'winston'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('winston')

const transport = new LoghubTransport({ config: connection, destination: { topic } })
const { combine, errors, timestamp } = winston.format
const logger = winston.createLogger({
  format: combine(errors({ stack: true }), timestamp()),
  defaultMeta: { service: 'shop' },
  transports: [transport],
})
logger.info('served', { req: { method: 'GET' }, ms: 12 })
logger.child({ requestId: 'r-1' }).warn('slow')

logger.end()
await once(transport, 'finish')

const stored = await readTopic(connection, topic)
check(stored.length, 2, 'both logs are stored when the transport has finished')
check(
  stored[0],
  { level: 'info', message: 'served', service: 'shop', 'req.method': 'GET', ms: '12' },
  'with their fields',
)
check(stored[1].requestId, 'r-1', 'and those of the child logger')
await close()
