// Sends what an application writes with `console`, and prints it as before. Messages of the producer itself are only printed:
// if they were sent, each failure would cause another log.
import { format } from 'node:util'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('console')

/** Returns a function that gives back the console as it was. */
function captureConsole(writer) {
  const levels = { debug: 'debug', log: 'info', info: 'info', warn: 'warn', error: 'error' }
  const originals = Object.keys(levels).map((method) => [method, console[method]])
  for (const [method, print] of originals) {
    console[method] = (...args) => {
      print.apply(console, args)
      const message = format(...args)
      if (!message.startsWith('loghub-producer: ')) writer.send({ level: levels[method], message }, () => {})
    }
  }
  return () => Object.assign(console, Object.fromEntries(originals))
}

const producer = new Producer(connection)
const release = captureConsole(producer.writer({ topic }))
console.log('order %d is paid', 7)
console.error('loghub-producer: warning: only an example')
console.error(new Error('no money'))
release()
console.log('no longer sent')
await producer.close()

const stored = await readTopic(connection, topic)
check(
  stored.map(({ level }) => level),
  ['info', 'error'],
  'what the application wrote is stored',
)
check(stored[0].message, 'order 7 is paid', 'as it was printed')
await close()
