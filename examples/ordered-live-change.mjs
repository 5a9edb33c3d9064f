// Logs of each group in order, over parallel lanes, while the number of lanes, the rate and the keys change. `sendAll`
// reads an async generator no faster than the memory budget allows.
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('ordered')
const producer = new Producer({
  ...connection,
  router: 'key-hash',
  lanes: 1,
  batchCountThreshold: 20,
  totalSizeInBytes: 64 * 1024,
  source: 'one-machine',
})

const changes = new Map([
  [200, () => producer.update({ lanes: { min: 2, max: 8 } })],
  [400, () => producer.update({ lanes: 2, rateLimit: { bytesPerSecond: 1024 * 1024 } })],
  // The same keys here; new ones hold for every batch from its next attempt on.
  [600, () => producer.putProject({ project: connection.project, credentials: connection.credentials })],
])

async function* events() {
  for (let n = 0; n < 1000; n++) {
    changes.get(n)?.()
    yield { n, text: 'something that happened' }
  }
}

const report = await producer.sendAll(events(), { topic, shardHash: 'one-machine' })
check(report, { sent: 1000, delivered: 1000, failed: 0, firstError: undefined }, 'every log is delivered')

const stored = await readTopic(connection, topic)
const inOrder = stored.every(({ n }, index) => index === 0 || Number(n) > Number(stored[index - 1].n))
check([stored.length, inOrder], [1000, true], 'they are stored in the order in which they were sent')

await producer.close()
await close()
