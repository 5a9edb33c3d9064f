// Several projects through one producer, added and removed while it runs, each with its own endpoint and keys. A project
// that is down does not delay the others.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('multi-project')
const producer = new Producer({
  ...connection,
  lingerMs: 50,
  deliveryTimeoutMs: 1000,
  logger: { ...console, warn() {} },
})

// What is left out (the keys, here) is taken from the producer's own options. Nothing listens on port 1.
producer.putProject({ project: 'broken-project', endpoint: 'http://127.0.0.1:1' })
const broken = producer.send({ project: 'broken-project', topic, logs: { contents: { n: 0 } } }).catch((error) => error)

const start = performance.now()
for (let n = 1; n <= 3; n++) await producer.send({ topic, logs: { contents: { n } } })
const tookMs = performance.now() - start
console.log(`three logs, one after another, took ${Math.round(tookMs)} ms beside a project that is down`)

const error = await broken
console.log(`broken-project: ${error.code} after ${error.result.attemptCount} attempts: ${error.message}`)
check(error.code, 'ERR_LOGHUB_EXPIRED', 'the logs of the broken project failed at their delivery timeout')

producer.removeProject('broken-project')
const unknown = await producer.send({ project: 'broken-project', logs: { contents: { n: 4 } } }).catch((error) => error)
check(unknown.code, 'ERR_LOGHUB_PROJECT_UNKNOWN', 'a removed project takes no more logs')

await producer.close()
check((await readTopic(connection, topic)).length, 3, 'the logs of the good project are stored')
await close()
