// The fast forms: a writer (a destination resolved once), callbacks in place of promises, and trySend for code that must
// never wait.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const LOGS = 20_000
const { connection, close } = await openService()
const topic = uniqueTopic('callbacks')
const producer = new Producer({ ...connection, lingerMs: 100, totalSizeInBytes: 512 * 1024 })
const writer = producer.writer({ topic, source: 'sensor-7' })

let delivered = 0
const settled = (error, result) => {
  if (error === null) delivered++
  else console.error(`lost: ${error.code} after ${result?.attemptCount ?? 0} attempts: ${error.message}`)
}

// Half of them with send: it waits for memory by itself, in order, up to maxBlockMs.
for (let i = 0; i < LOGS / 2; i++) {
  writer.send({ reading: i, celsius: 20 + (i % 7) }, settled)
  // A loop that only sends would fill the waiting room, too: let the event loop turn.
  if (i % 500 === 499) await producer.ready()
}

// Half with trySend: false means "no room now", and ready() resolves when there is again.
let waits = 0
for (let i = LOGS / 2; i < LOGS; i++) {
  while (!writer.trySend({ reading: i, celsius: 20 + (i % 7) }, settled)) {
    waits++
    await producer.ready()
  }
}
await producer.flush()
const { highWaterBytes, totalBytes } = producer.metrics().memory
console.log(
  `${delivered} delivered; waited ${waits} times for room; at most ${highWaterBytes} of ${totalBytes} bytes held`,
)
await producer.close()

check(delivered, LOGS, 'every callback was called with success')
check(highWaterBytes <= totalBytes, true, 'the memory budget held')
const readings = (await readTopic(connection, topic)).map(({ reading }) => Number(reading))
check(new Set(readings).size, LOGS, 'every reading is stored')
await close()
