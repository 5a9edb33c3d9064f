import { request } from 'node:http'
import { connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { AdminServer, type AdminServerOptions, Agent, follow, type Input } from '../../../src/agent/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { sendMutatedRequests } from '../../support/mutated-requests.mjs'
import { FakeProducer } from '../support/fake-producer.ts'
import { eventually } from '../support/start-agent.ts'

const idle = (): Input =>
  follow(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())))

async function start(options: Partial<AdminServerOptions> = {}) {
  const producer = new FakeProducer()
  const agent = new Agent({ producer, clock: systemClock, logger: silentLogger })
  const admin = new AdminServer(agent, { port: 0, logger: silentLogger, ...options })
  const url = await admin.listen()
  onTestFinished(async () => {
    await agent.close({ timeoutMs: 1000 })
    await admin.close()
  })
  const call = (path: string, init: RequestInit = {}) => fetch(`${url}${path}`, init)
  return { agent, producer, url, call }
}

const bearer = { authorization: 'Bearer secret' }

/** fetch does not let a caller name another host. */
function statusFor(url: string, headers: Record<string, string>, path = '/inputs'): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(`${url}${path}`, { headers }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    sent.on('error', reject)
    sent.end()
  })
}

test('health is 503 while a required input is failing, and names it to who may know', async () => {
  const { agent, call } = await start({ token: 'secret' })
  await agent.add({ id: 'good', input: idle() })
  expect((await call('/health')).status).toBe(200)
  await agent.add({ id: 'optional', required: false, input: follow(() => Promise.reject(new Error('no'))) })
  expect((await call('/health')).status).toBe(200)
  await agent.add({ id: 'bad', input: follow(() => Promise.reject(new Error('broken'))) })
  const answer = await call('/health')
  expect([answer.status, await answer.json()]).toEqual([503, { ok: false }])
  const { components } = (await (await call('/health', { headers: bearer })).json()) as {
    components: { id: string; reason?: string }[]
  }
  expect(components.find(({ id }) => id === 'bad')?.reason).toBe('broken')
  expect((await call('/ready')).status).toBe(200)
})

test('metrics are in the text format of Prometheus', async () => {
  const { agent, call } = await start()
  await agent.add({
    id: 'a',
    input: follow(async ({ write, count }) => {
      await write({ n: '1' })
      count('things', 3)
    }),
  })
  await agent.finished()
  const text = await (await call('/metrics')).text()
  expect(text).toContain(
    '# TYPE loghub_agent_input_logs_total counter\nloghub_agent_input_logs_total{id="a",type="code"} 1\n',
  )
  expect(text).toContain('loghub_agent_input_events_total{id="a",type="code",name="things"} 3\n')
  expect(text).toMatch(/loghub_producer_memory_total_bytes \d+/)
  for (const line of text.trim().split('\n'))
    expect(line).toMatch(/^(?:# (?:HELP|TYPE) .+|[a-z_]+(?:\{[^}]*\})? [\d.e+-]+)$/)
})

test('inputs are added, changed and removed with the token, and what is wrong is told', async () => {
  const { agent, call } = await start({ token: 'secret' })
  const put = (id: string, spec: unknown) =>
    call(`/inputs/${id}`, { method: 'PUT', headers: bearer, body: JSON.stringify(spec) })
  expect((await put('web', { type: 'http', port: 0 })).status).toBe(201)
  expect((await put('web', { type: 'http', port: 0, path: '/x' })).status).toBe(200)
  const refused = await put('bad', { type: 'http', prt: 0 })
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('did you mean port?')])
  expect((await put('list', [])).status).toBe(400)
  const { inputs } = (await (await call('/inputs', { headers: bearer })).json()) as { inputs: unknown[] }
  expect(inputs).toMatchObject([{ id: 'web', type: 'http', state: 'running' }])
  expect((await call('/inputs/web', { method: 'DELETE', headers: bearer })).status).toBe(204)
  expect((await call('/inputs/web', { method: 'DELETE', headers: bearer })).status).toBe(404)
  expect(agent.specs()).toEqual([])
})

test('without a token nothing can be changed or tapped; with one nothing is told without it', async () => {
  const open = await start()
  expect((await open.call('/inputs')).status).toBe(200)
  expect((await open.call('/inputs/x', { method: 'PUT', body: '{"type":"exec","command":["id"]}' })).status).toBe(403)
  expect((await open.call('/tap/x')).status).toBe(403)
  const guarded = await start({ token: 'secret' })
  for (const path of ['/inputs', '/metrics', '/tap/x']) expect((await guarded.call(path)).status).toBe(401)
  expect((await guarded.call('/inputs', { headers: { authorization: 'Bearer wrong' } })).status).toBe(401)
})

test('foreign hosts and origins are refused, also with the token', async () => {
  const { url } = await start({ token: 'secret' })
  expect(await statusFor(url, { ...bearer, host: 'evil.example' })).toBe(421)
  expect(await statusFor(url, { ...bearer, origin: 'https://evil.example' })).toBe(403)
  expect(await statusFor(url, { ...bearer, 'sec-fetch-site': 'cross-site' })).toBe(403)
  expect(await statusFor(url, { ...bearer, host: 'localhost:1234' })).toBe(200)
})

test('an open address without a token is refused', () => {
  const agent = new Agent({ producer: new FakeProducer(), logger: silentLogger })
  expect(() => new AdminServer(agent, { host: '0.0.0.0', logger: silentLogger })).toThrow(
    'admin: listening on 0.0.0.0 needs a token',
  )
})

test('a tap shows logs as they pass to one listener, and ends with it', async () => {
  const { agent, call } = await start({ token: 'secret' })
  let write: (n: string) => Promise<void> = async () => {}
  await agent.add({
    id: 'a',
    input: follow(async (context) => {
      write = (n) => context.write({ n })
      await new Promise<void>((resolve) => context.signal.addEventListener('abort', () => resolve()))
    }),
  })
  const leave = new AbortController()
  const tapping = await call('/tap/a', { headers: bearer, signal: leave.signal })
  expect((await call('/tap/a', { headers: bearer })).status).toBe(409)
  expect((await call('/tap/none', { headers: bearer })).status).toBe(404)
  await write('seen')
  const { value } = await tapping.body!.getReader().read()
  expect(Buffer.from(value!).toString()).toBe('event: log\ndata: {"contents":[["n","seen"]]}\n\n')
  leave.abort()
  await eventually(() => agent.tap('a', () => {}) !== undefined)
})

test('a tap that never reads holds back nobody and is bounded', async () => {
  const { agent, url, producer } = await start({ token: 'secret' })
  let isDone = false
  await agent.add({
    id: 'a',
    input: follow(async ({ write, clock }) => {
      for (let n = 0; n < 2000; n++) {
        await write({ text: 'x'.repeat(50_000) })
        if (n % 100 === 0) await new Promise<void>((resolve) => clock.setTimer(() => resolve(), 1))
      }
      isDone = true
    }),
    restart: { policy: 'never' },
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => void socket.destroy())
  socket.pause()
  socket.write('GET /tap/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\n\r\n')
  await eventually(() => isDone)
  expect(producer.taken).toHaveLength(2000)
})

test('mutated requests are answered or ended while bodies are slow, and leave it as it was', async () => {
  const { url, call } = await start({ token: 'secret' })
  const port = Number(new URL(url).port)
  const slow = Array.from({ length: 20 }, () =>
    connect(port, '127.0.0.1', function (this: import('node:net').Socket) {
      this.write(
        'PUT /inputs/a HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer secret\r\nContent-Length: 1000000\r\n\r\n{',
      )
    }),
  )
  onTestFinished(() => slow.forEach((socket) => void socket.destroy()))
  for (const socket of slow) socket.on('error', () => {})
  // test/proofs/admin-attack.mjs sends a hundred thousand.
  const { answered, ended, hung } = await sendMutatedRequests({ port, requests: 1000 })
  expect(hung).toBe(0)
  expect(answered + ended).toBe(1000)
  expect((await call('/inputs', { headers: bearer })).status).toBe(200)
  expect(await (await call('/inputs', { headers: bearer })).json()).toEqual({ inputs: [], leftBehind: 0 })
}, 30_000)
