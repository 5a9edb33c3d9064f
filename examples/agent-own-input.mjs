// Your own inputs: one that runs on a schedule, one that runs continuously, and one that fails and is restarted. They are added and
// removed while the agent runs, and a failing input does not affect the others.
import assert from 'node:assert/strict'
import { Producer } from 'loghub-producer'
import { Agent, every, follow } from 'loghub-producer/agent'
import { openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const topic = uniqueTopic('agent-own-input')
const silent = { debug() {}, info() {}, warn() {}, error() {} }
const producer = new Producer({ ...connection, topic, lingerMs: 50 })
const agent = new Agent({ producer, logger: silent })

let tick = 0
await agent.add([
  { id: 'ticks', input: every({ intervalMs: 100 }, ({ write }) => write({ from: 'ticks', n: ++tick })) },
  {
    id: 'jobs',
    input: follow(async ({ write, signal, clock }) => {
      for (let n = 1; !signal.aborted; n++) {
        await write({ from: 'jobs', n })
        await new Promise((resolve) => clock.setTimer(resolve, 50))
      }
    }),
  },
  {
    id: 'flaky',
    restart: { backoffMs: 50 },
    input: follow(async ({ write }) => {
      await write({ from: 'flaky' })
      throw new Error('the connection was lost')
    }),
  },
])
await new Promise((resolve) => setTimeout(resolve, 400))
const flaky = agent.status().inputs.find(({ id }) => id === 'flaky')
await agent.remove('jobs')
await assert.rejects(agent.add({ id: 'ticks', input: follow(async () => {}) }), /there is an input of this id/)
await agent.close()
await producer.close()

const logs = await readTopic(connection, topic)
const count = (name) => logs.filter(({ from }) => from === name).length
assert.ok(count('ticks') >= 3 && count('jobs') >= 3 && count('flaky') >= 2)
assert.ok(flaky.restarts >= 1)
console.log(
  `${count('ticks')} ticks, ${count('jobs')} jobs; 'flaky' failed ${flaky.restarts} times ("${flaky.lastError}") and harmed nobody.`,
)
await close()
