import { expect, onTestFinished, test } from 'vitest'
import { AdminServer, type AdminServerOptions, Agent, follow } from '../../../src/agent/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'
import { FakeProducer } from '../support/fake-producer.ts'

async function start(options: Partial<AdminServerOptions> = {}, producer: Producer | FakeProducer = realProducer()) {
  const agent = new Agent({ producer, clock: systemClock, logger: silentLogger })
  const admin = new AdminServer(agent, { port: 0, logger: silentLogger, ...options })
  const url = await admin.listen()
  onTestFinished(async () => {
    await agent.close({ timeoutMs: 1000 })
    await admin.close()
  })
  const call = (path: string, init: RequestInit = {}) => fetch(`${url}/console/api/${path}`, init)
  const feed = async (path: string) => (await (await call(path)).json()) as Record<string, unknown>
  return { agent, producer, call, feed }
}

function realProducer() {
  const producer = new Producer({ project: 'proj', logstore: 'logs', sink: new ScriptedSink(), lingerMs: 0 })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

test('what answers says that it is an agent, which, and since when', async () => {
  const { feed } = await start()
  const about = await feed('about')
  expect(about).toMatchObject({ kind: 'agent', pid: process.pid, version: expect.stringMatching(/^\d+\./) })
  expect(about.time).toBeGreaterThanOrEqual(Number(about.startedAt))
})

test('inputs are told with state, counts and health', async () => {
  const { agent, feed } = await start()
  await agent.add([
    { id: 'good', input: follow(({ write }) => write({ n: '1' })) },
    { id: 'bad', required: false, restart: { policy: 'never' }, input: follow(() => Promise.reject(new Error('no'))) },
  ])
  await agent.finished()
  const { ok, inputs, leftBehind } = await feed('inputs')
  expect([ok, leftBehind]).toEqual([true, 0])
  expect(inputs).toMatchObject([
    { id: 'good', type: 'code', state: 'finished', ok: true, required: true, counts: { logs: 1 } },
    { id: 'bad', state: 'failed', ok: false, required: false, reason: 'no', lastError: 'no' },
  ])
})

test('the producer is told as by inspect(), and its disk by itself', async () => {
  const producer = realProducer()
  const { agent, feed } = await start({}, producer)
  await agent.add({ id: 'a', input: follow(({ write }) => write({ n: '1' })) })
  await agent.finished()
  await producer.flush()
  const told = await feed('producer')
  expect(Object.keys(told)).toEqual(Object.keys(JSON.parse(JSON.stringify(producer.inspect()))))
  expect(told).toMatchObject({ logs: { delivered: 1 }, memory: { usedBytesByProject: {} }, groups: [], breakers: [] })
  expect(await feed('spool')).toEqual({ spool: null, logs: { onDisk: 0, recovered: 0, damaged: 0 } })
})

test('a producer that cannot be inspected is told by its metrics', async () => {
  const { feed } = await start({}, new FakeProducer())
  expect(await feed('producer')).toMatchObject({ memory: { usedBytes: 0 } })
})

test('throughput is told by second, and after a second only what came later', async () => {
  const clock = new ManualClock(1_000_000)
  const producer = realProducer()
  const { feed } = await start({ clock }, producer)
  await producer.send({ logs: { contents: { n: 1 } } })
  await clock.advance(1000)
  expect(await feed('throughput')).toMatchObject([{ second: 1000, accepted: 1, delivered: 1, requests: 1 }])
  expect(await feed('throughput?after=1000')).toEqual([])
  expect(await feed('throughput?after=nonsense')).toHaveLength(1)
})

test('the logs of an input pass as events, for those who may change inputs', async () => {
  let go = () => {}
  const asked = new Promise<void>((resolve) => {
    go = resolve
  })
  const { agent, call } = await start({ token: 'secret' })
  await agent.add({ id: 'a', input: follow(({ write }) => asked.then(() => write({ n: '1' }))) })
  expect((await call('tap/a')).status).toBe(401)
  const headers = { authorization: 'Bearer secret' }
  expect((await call('tap/none', { headers })).status).toBe(404)
  const answer = await call('tap/a', { headers })
  const reader = answer.body!.getReader()
  go()
  const { value } = await reader.read()
  expect(Buffer.from(value!).toString()).toContain('event: log\ndata: {"contents":[["n","1"]]}')
  await reader.cancel()
})

test('without a token nothing is tapped, and a foreign page reads nothing', async () => {
  const { agent, call } = await start()
  await agent.add({ id: 'a', input: follow(async () => {}) })
  expect((await call('tap/a')).status).toBe(403)
  for (const path of ['about', 'inputs', 'producer', 'spool', 'throughput']) {
    expect((await call(path)).status).toBe(200)
    expect((await call(path, { headers: { origin: 'http://elsewhere' } })).status).toBe(403)
    expect((await call(path, { method: 'POST' })).status).toBe(405)
  }
})

test('a spec is told to who may change it, without its secrets, and keeps those when it comes back', async () => {
  const { agent, call } = await start({ token: 'secret' })
  await agent.add([
    { id: 'web', type: 'http', port: 0, token: 'of the input' },
    { id: 'own', input: follow(() => Promise.resolve()) },
  ])
  const headers = { authorization: 'Bearer secret' }
  expect((await call('inputs/web')).status).toBe(401)
  const spec = (await (await call('inputs/web', { headers })).json()) as object
  expect(spec).toEqual({ id: 'web', type: 'http', port: 0, token: '(hidden)' })
  const body = JSON.stringify({ ...spec, path: '/logs' })
  expect((await call('../../inputs/web', { method: 'PUT', headers, body })).status).toBe(200)
  expect(agent.specs()).toContainEqual({ id: 'web', type: 'http', port: 0, token: 'of the input', path: '/logs' })
  expect((await call('inputs/own', { headers })).status).toBe(409)
  expect((await call('inputs/other', { headers })).status).toBe(404)
})

test('the page of the console is served without the token, its data is not', async () => {
  const { call } = await start({ token: 'secret' })
  const page = await call('../')
  expect([page.status, page.headers.get('content-security-policy')]).toEqual([200, expect.stringContaining("'self'")])
  expect((await call('../console.js')).status).toBe(200)
  expect((await call('about')).status).toBe(401)
})
