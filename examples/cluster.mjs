// A cluster: each worker has its own producer, and closes it when the worker must disconnect.
import cluster from 'node:cluster'
import { once } from 'node:events'
import { Producer } from 'loghub-producer'
import { check, openService, readTopic, uniqueTopic } from './support.mjs'

const WORKERS = 2
const LOGS = 500

async function runPrimary() {
  const { connection, close } = await openService()
  const topic = uniqueTopic('cluster')
  const env = { LOGHUB_ENDPOINT: connection.endpoint, EXAMPLE_TOPIC: topic }
  const workers = Array.from({ length: WORKERS }, () => cluster.fork(env))
  await Promise.all(workers.map((worker) => once(worker, 'message'))) // it has logged
  const exits = workers.map((worker) => once(worker, 'exit'))
  for (const worker of workers) worker.disconnect()
  check(
    (await Promise.all(exits)).map(([code]) => code),
    [0, 0],
    'the workers end by themselves',
  )

  const stored = await readTopic(connection, topic)
  check(stored.length, WORKERS * LOGS, 'every log of every worker is stored')
  check(new Set(stored.map(({ worker }) => worker)).size, WORKERS, 'with the worker that it came from')
  await close()
}

async function runWorker() {
  const { connection } = await openService()
  const producer = new Producer({ ...connection, lingerMs: 60_000 })
  const writer = producer.writer({ topic: process.env.EXAMPLE_TOPIC })
  for (let i = 0; i < LOGS; i++) writer.send({ worker: cluster.worker.id, i }, () => {})
  cluster.worker.once('disconnect', () => producer.close({ timeoutMs: 5000 }))
  process.send('logged')
}

await (cluster.isPrimary ? runPrimary() : runWorker())
