// Logs that survive kill -9: a child process sends ten logs while the service is down, learns that each is on disk, and is
// killed. The next process with the same directory sends them; it does not have to call anything for that.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const { DURABLE_DIRECTORY, DURABLE_TOPIC } = process.env
if (DURABLE_DIRECTORY !== undefined) await sendAndHang(DURABLE_DIRECTORY, DURABLE_TOPIC)
else await killAndRecover()

/** The child: never closes, never ends. */
async function sendAndHang(directory, topic) {
  const producer = new Producer({
    endpoint: 'http://127.0.0.1:9', // nobody listens: an outage
    project: process.env.DURABLE_PROJECT,
    logstore: process.env.DURABLE_LOGSTORE,
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    lingerMs: 10,
    spool: { directory, mode: 'always' },
    resolveOn: 'durable', // a send resolves when its logs are on disk
  })
  for (let n = 0; n < 10; n++) await producer.send({ topic, logs: { contents: { n } } })
  process.stdout.write('durable\n')
  setInterval(() => {}, 1000)
}

async function killAndRecover() {
  const { connection, close } = await openService()
  const directory = await mkdtemp(join(tmpdir(), 'loghub-durable-'))
  const topic = uniqueTopic('durable')

  const child = spawn(process.execPath, [import.meta.filename], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...process.env,
      DURABLE_DIRECTORY: directory,
      DURABLE_TOPIC: topic,
      DURABLE_PROJECT: connection.project,
      DURABLE_LOGSTORE: connection.logstore,
    },
  })
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  await once(child, 'close')
  console.log('the child was killed; its logs are in', directory)

  const producer = new Producer({ ...connection, spool: { directory } })
  producer.on('recovered', ({ logCount }) => console.log(`${logCount} logs were found on disk`))
  await producer.flush() // until nothing is in memory, nor on disk
  const report = await producer.close()

  check(report.spooled, 0, 'nothing is left on disk')
  check(new Set((await readTopic(connection, topic)).map(({ n }) => n)).size, 10, 'all ten logs arrived')
  await rm(directory, { recursive: true })
  await close()
}
