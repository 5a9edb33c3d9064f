// A handler of Alibaba Cloud Function Compute, with the temporary keys of the function's role: each call gets its own.
// The process is frozen between calls, so each call flushes; `preStop` is the last chance before the instance ends.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('function-compute')

let credentials
const producer = new Producer({ ...connection, credentials: () => credentials, lingerMs: 60_000 })
const writer = producer.writer({ topic })

export async function handler(event, context) {
  credentials = context.credentials
  writer.send({ requestId: context.requestId, order: JSON.parse(event).order }, () => {})
  await producer
    .flush({ timeoutMs: 3000 })
    .catch((error) => console.error(`logs wait for the next call: ${error.message}`))
  return 'ok'
}

export async function preStop() {
  await producer.close({ timeoutMs: 3000 })
}

/** What the platform does: a Buffer as the event, temporary keys in the context, and nothing runs between calls. */
async function invoke(order) {
  const context = { requestId: `request-${order}`, credentials: connection.credentials }
  const answer = await handler(Buffer.from(JSON.stringify({ order })), context)
  return { answer, stored: await readTopic(connection, topic) }
}

for (const order of [1, 2]) {
  const { answer, stored } = await invoke(order)
  check(answer, 'ok', `call ${order} is answered`)
  check(stored.length, order, 'and its log is stored before the process is frozen')
}
await preStop()
await close()
