// pino with a transport, which sends from a thread of its own. pino stops this thread until that one has ended, so an emulator
// in the same process could not answer: here the application is a process of its own, as it is with the service.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import pino from 'pino'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

async function runApplication() {
  const { connection } = await openService()
  // The options go to another thread: plain values only. What `config` leaves out comes from the environment.
  const options = { config: connection, destination: { topic: process.env.EXAMPLE_TOPIC } }
  const logger = pino({ base: null }, pino.transport({ target: 'loghub-producer/pino', options }))
  for (let i = 0; i < 1000; i++) logger.info({ i }, 'step')
} // at the end of the process pino waits for the thread, and the thread for the deliveries

async function runExample() {
  const { connection, close } = await openService()
  const topic = uniqueTopic('pino-transport')
  const env = { ...process.env, LOGHUB_ENDPOINT: connection.endpoint, EXAMPLE_TOPIC: topic }
  const [code] = await once(fork(import.meta.filename, ['application'], { env }), 'exit')
  check(code, 0, 'the application ends by itself')

  const stored = await readTopic(connection, topic)
  check(stored.length, 1000, 'and everything it logged is stored')
  check([stored[0].level, stored[0].message], ['info', 'step'], 'with level and message')
  await close()
}

await (process.argv[2] === 'application' ? runApplication() : runExample())
