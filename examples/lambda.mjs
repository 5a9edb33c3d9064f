// A handler of AWS Lambda. The process is frozen as soon as the handler has answered, so it flushes before that.
// There is one producer for all calls; it is never closed.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('lambda')

const producer = new Producer({ ...connection, lingerMs: 60_000 }) // no timer runs while frozen: `flush` sends
const writer = producer.writer({ topic })

/** Leaves a part of the time that is left to the answer itself. */
export async function handler(event, context) {
  try {
    writer.send({ requestId: context.awsRequestId, order: event.order }, () => {})
    return { statusCode: 200 }
  } finally {
    const timeoutMs = Math.max(0, Math.min(3000, context.getRemainingTimeInMillis() - 500))
    await producer.flush({ timeoutMs }).catch((error) => console.error(`logs wait for the next call: ${error.message}`))
  }
}

/** What the platform does: one call at a time, and nothing runs between them. */
async function invoke(order) {
  const deadline = Date.now() + 10_000
  const context = { awsRequestId: `request-${order}`, getRemainingTimeInMillis: () => deadline - Date.now() }
  const answer = await handler({ order }, context)
  return { answer, stored: await readTopic(connection, topic) }
}

for (const order of [1, 2, 3]) {
  const { answer, stored } = await invoke(order)
  check(answer.statusCode, 200, `call ${order} is answered`)
  check(stored.length, order, 'and its log is stored before the process is frozen')
}
await producer.close()
await close()
