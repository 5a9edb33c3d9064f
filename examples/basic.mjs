// The first program: one log, one list of logs, the answer to each, and the end.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('basic')

// In your program: { endpoint, project, logstore, credentials }, or the environment.
const producer = new Producer({ ...connection, lingerMs: 100 })

// Sent together: the promise of each log resolves when its batch is stored. Waiting for one before sending the next
// would make batches of one log.
const first = producer.send({ topic, logs: { contents: { level: 'info', message: 'started', pid: process.pid } } })
const list = producer.send({
  topic,
  logs: [
    { contents: { level: 'warn', message: 'disk is 91 % full', free: 9.2, tags: ['disk', 'sda'] } },
    { contents: { level: 'error', message: 'a failure', error: new Error('no route') }, time: Date.now() - 5000 },
  ],
})
const [result] = await Promise.all([first, list])
console.log(`stored: request ${result.requestId}, ${result.batchLogCount} logs in ${result.attemptCount} attempt`)

// What is wrong with a log is told at once, with a code; nobody else's logs suffer.
const refusal = await producer.send({ topic, logs: { contents: { '': 'no key' } } }).catch((error) => error)
console.log(`refused: ${refusal.code}: ${refusal.message}`)

console.log(await producer.close({ timeoutMs: 5000 }))

const stored = await readTopic(connection, topic)
check(stored.map(({ level }) => level).sort(), ['error', 'info', 'warn'], 'the three good logs are stored')
check(stored.find(({ level }) => level === 'warn').tags, '["disk","sda"]', 'values that are objects are stored as JSON')
check(refusal.code, 'ERR_LOGHUB_INVALID_LOG', 'the log without a key was refused')
await close()
