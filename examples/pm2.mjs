// Under PM2: `deploy/pm2.config.cjs` starts this file. PM2 waits for `ready`, ends a process with SIGINT, and kills it after
// `kill_timeout`; on a reload the new process is ready before the old one ends. PM2 itself is not needed to run the example:
// started alone, it does to a child what PM2 does.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const LOGS = 500

/** The application. */
async function runUnderPm2() {
  const { connection } = await openService()
  // Less than kill_timeout: what is not stored by then is told, and not cut off.
  const producer = new Producer({ ...connection, lingerMs: 60_000, exitHook: { timeoutMs: 8000 } })
  const writer = producer.writer({ topic: process.env.EXAMPLE_TOPIC })
  for (let i = 0; i < LOGS; i++) writer.send({ instance: process.env.NODE_APP_INSTANCE, i }, () => {})
  process.send('ready')
  setInterval(() => {}, 60_000) // a server would keep the process alive
}

/** In the place of PM2. */
async function actAsPm2() {
  const require = createRequire(import.meta.url)
  const [{ instances, wait_ready: waitsForReady, kill_timeout: killTimeoutMs }] =
    require('./deploy/pm2.config.cjs').apps
  check([waitsForReady, killTimeoutMs > 8000], [true, true], 'PM2 waits longer than the producer takes')
  const { connection, close } = await openService()
  const topic = uniqueTopic('pm2')
  const children = Array.from({ length: instances }, (_, instance) => {
    const env = { LOGHUB_ENDPOINT: connection.endpoint, EXAMPLE_TOPIC: topic, NODE_APP_INSTANCE: String(instance) }
    return fork(import.meta.filename, { env: { ...process.env, ...env, pm_id: String(instance) } })
  })
  await Promise.all(children.map((child) => once(child, 'message')))
  const ends = children.map((child) => once(child, 'exit'))
  for (const child of children) child.kill('SIGINT')
  const signals = (await Promise.all(ends)).map(([, signal]) => signal)
  check(new Set(signals), new Set(['SIGINT']), 'each process ends by the signal, when its logs are delivered')
  check((await readTopic(connection, topic)).length, instances * LOGS, 'every log of every process is stored')
  await close()
}

await (process.env.pm_id === undefined ? actAsPm2() : runUnderPm2())
