// The agent as a library: it follows a log file through a rotation, parses access logs, and removes card numbers before it sends them.
// It stores its position: a second agent continues where the first one ended.
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Producer } from 'loghub-producer'
import { Agent } from 'loghub-producer/agent'
import { openService, readTopic, uniqueTopic } from './support.mjs'

const { connection, close } = await openService()
const folder = mkdtempSync(join(tmpdir(), 'agent-files-'))
const file = join(folder, 'access.log')
const topic = uniqueTopic('agent-files')
const line = (n, query = '') =>
  `10.0.0.${n} - - [26/Nov/2026:08:00:0${n} +0000] "GET /items/${n}${query} HTTP/1.1" 200 512 "-" "curl/8"\n`

/** Ships what is there until so many logs are stored. */
async function ship(count) {
  const producer = new Producer({ ...connection, lingerMs: 50 })
  const agent = new Agent({ producer, stateDirectory: join(folder, 'state') })
  await agent.add({
    id: 'access',
    type: 'file',
    paths: [join(folder, '*.log')],
    startAt: 'beginning',
    rotateWaitMs: 200,
    parser: 'combined',
    transforms: [{ type: 'redact', pattern: '\\d{16}', with: '[card]' }],
    to: { topic },
  })
  while (agent.status().inputs[0].counts.delivered < count) await new Promise((resolve) => setTimeout(resolve, 20))
  await agent.close()
  await producer.close()
}

writeFileSync(file, line(1) + line(2, '?card=4111111111111111'))
await ship(2)
appendFileSync(file, line(3))
renameSync(file, `${file}.1`)
writeFileSync(file, line(4))
await ship(2)

const logs = await readTopic(connection, topic)
assert.deepEqual(logs.map(({ request_uri }) => request_uri).sort(), [
  '/items/1',
  '/items/2?card=[card]',
  '/items/3',
  '/items/4',
])
console.log(`${logs.length} lines shipped by two agents, one after the other, over a rotation; none twice.`)
rmSync(folder, { recursive: true })
await close()
