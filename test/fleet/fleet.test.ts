import { expect, onTestFinished, test } from 'vitest'
import { AdminServer, Agent, type CheckpointStore, MemoryCheckpoints } from '../../src/agent/index.ts'
import { systemClock } from '../../src/core/clock.ts'
import { ProducerError } from '../../src/core/errors.ts'
import { type Logger, silentLogger } from '../../src/core/logger.ts'
import { Fleet, FleetCheckpoints, type FleetParts, fleetSpecOf, MemoryCoordinator } from '../../src/fleet/index.ts'
import { FakeProducer } from '../agent/support/fake-producer.ts'
import { eventually } from '../agent/support/start-agent.ts'

const bearer = { authorization: 'Bearer secret' }

async function start(
  connect: FleetParts['connect'],
  logger: Logger = silentLogger,
  kept: CheckpointStore = new MemoryCheckpoints(),
) {
  const checkpoints = new FleetCheckpoints(kept)
  const agent = new Agent({ producer: new FakeProducer(), clock: systemClock, logger: silentLogger, checkpoints })
  const options = { name: 'logs', member: 'm', labels: { zone: 'a' } }
  const fleet = await Fleet.start({ options, agent, checkpoints, baseDirectory: '.', logger, connect })
  const admin = new AdminServer(agent, { port: 0, token: 'secret', logger: silentLogger, ...fleet.admin })
  const url = await admin.listen()
  onTestFinished(async () => {
    await fleet.close({ timeoutMs: 1000 })
    await agent.close({ timeoutMs: 1000 })
    await admin.close()
  })
  const call = async (method: string, path: string, body?: object) => {
    const answer = await fetch(`${url}${path}`, { method, headers: bearer, body: body && JSON.stringify(body) })
    const text = await answer.text()
    return { status: answer.status, text, json: () => JSON.parse(text) }
  }
  return { agent, fleet, call, url }
}

const SPEC = { type: 'http', port: 0 }

test('the admin listener shows the fleet and changes it', async () => {
  const { call, agent, url } = await start(async () => new MemoryCoordinator())
  expect((await call('PUT', '/fleet/inputs/web', SPEC)).status).toBe(201)
  expect((await call('PUT', '/fleet/inputs/web', { ...SPEC, cost: 2 })).status).toBe(200)
  const refused = await call('PUT', '/fleet/inputs/web', { type: 'htp' })
  expect([refused.status, refused.text]).toEqual([400, expect.stringContaining('did you mean http?')])
  for (const unshared of [
    { type: 'stdin' },
    { type: 'stdin', placement: 'all' },
    { type: 'host-metrics' },
    { input: {} },
  ]) {
    const { status, text } = await call('PUT', '/fleet/inputs/own', unshared)
    expect([status, text]).toEqual([400, expect.stringContaining('ERR_LOGHUB_OPTION')])
  }
  await eventually(() => agent.specs().length === 1)
  const status = (await call('GET', '/fleet')).json()
  expect(status).toMatchObject({
    name: 'logs',
    member: { name: 'm', state: 'member', owned: ['web'] },
    members: [{ name: 'm', labels: { zone: 'a' }, owned: 1 }],
    inputs: [{ id: 'web', owner: 'm', cost: 2 }],
  })
  expect((await call('GET', '/console/api/fleet')).json().inputs).toHaveLength(1)
  expect((await call('GET', '/fleet/inputs/web')).json()).toMatchObject({ owner: 'm', reason: 'placed' })
  expect((await call('GET', '/fleet/inputs/wb')).status).toBe(404)

  expect((await call('PUT', '/fleet/members/m/drain')).status).toBe(204)
  await eventually(() => agent.specs().length === 0)
  expect((await call('DELETE', '/fleet/members/m/drain')).status).toBe(204)
  await eventually(() => agent.specs().length === 1)
  expect((await call('DELETE', '/fleet/inputs/web')).status).toBe(204)
  await eventually(() => agent.specs().length === 0)
  expect((await call('DELETE', '/fleet/inputs/web')).status).toBe(404)
  expect((await fetch(`${url}/fleet`)).status).toBe(401)
})

test('a spec that is too large for the servers is the fault of the request, servers that do not answer are not', async () => {
  const coordinator = new MemoryCoordinator()
  const { call } = await start(async () => coordinator)
  for (const [retriable, status] of [
    [false, 413],
    [true, 503],
  ] as const) {
    coordinator.specs.put = () => Promise.reject(new ProducerError('ERR_LOGHUB_FLEET', 'no', { retriable }))
    const refused = await call('PUT', '/fleet/inputs/web', SPEC)
    expect([refused.status, refused.text]).toEqual([status, expect.stringContaining('ERR_LOGHUB_FLEET')])
  }
})

test('metrics and health tell of the membership', async () => {
  const { call } = await start(async () => new MemoryCoordinator())
  const { text } = await call('GET', '/metrics')
  for (const line of ['loghub_fleet_member_up 1', 'loghub_fleet_members 1', 'loghub_fleet_owned_inputs 0']) {
    expect(text).toContain(line)
  }
  const { components } = (await call('GET', '/health')).json()
  expect(components).toMatchObject([{ id: 'fleet logs', ok: true, required: false, state: 'member' }])
})

test('while the servers do not answer everything else runs, and the agent joins when they do', async () => {
  const warnings: string[] = []
  let isAway = true
  const away = new ProducerError('ERR_LOGHUB_NETWORK', 'NATS cannot be reached', { retriable: true })
  const connect = async () => (isAway ? Promise.reject(away) : new MemoryCoordinator())
  const { call, fleet } = await start(connect, { ...silentLogger, warn: (text) => warnings.push(text) })
  expect(warnings).toEqual(['fleet logs cannot be joined yet: NATS cannot be reached'])
  expect((await call('GET', '/fleet')).status).toBe(503)
  expect((await call('GET', '/metrics')).text).toContain('loghub_fleet_member_up 0')
  const { ok, components } = (await call('GET', '/health')).json()
  expect([ok, components]).toMatchObject([true, [{ ok: false, state: 'connecting', reason: 'NATS cannot be reached' }]])
  isAway = false
  await eventually(() => fleet.member?.status().state === 'member')
})

test('what cannot pass by itself is thrown', async () => {
  const refused = new ProducerError('ERR_LOGHUB_CREDENTIALS', 'NATS refuses the login')
  await expect(start(() => Promise.reject(refused))).rejects.toBe(refused)
})

test('an agent that starts while the servers do not answer runs the inputs of all agents that it knew last, and no others', async () => {
  const kept = new MemoryCheckpoints()
  const tables = new MemoryCoordinator()
  const first = await start(async () => new MemoryCoordinator(tables), silentLogger, kept)
  const add = (id: string, more: object) => first.call('PUT', `/fleet/inputs/${id}`, { ...SPEC, ...more })
  await add('one', {})
  await add('all', { placement: 'all' })
  await add('gone', { placement: 'all' })
  await eventually(() => first.agent.specs().length === 3)
  await first.call('DELETE', '/fleet/inputs/gone')
  await eventually(() => first.agent.specs().length === 2)
  await first.fleet.close({ timeoutMs: 1000 })
  await first.agent.close({ timeoutMs: 1000 })

  let isAway = true
  const away = new ProducerError('ERR_LOGHUB_NETWORK', 'NATS cannot be reached', { retriable: true })
  const connect = async () => (isAway ? Promise.reject(away) : new MemoryCoordinator(tables))
  const { agent, fleet } = await start(connect, silentLogger, kept)
  const ids = () => agent.specs().map(({ id }) => id)
  expect(ids()).toEqual(['all'])
  let restarts = 0
  agent.on('removed', () => restarts++)
  await tables.specs.put('new', fleetSpecOf({ id: 'new', ...SPEC, placement: 'all' }), 0)
  isAway = false
  await eventually(() => fleet.member?.status().owned.length === 1 && ids().includes('new'))
  expect(ids().sort()).toEqual(['all', 'new', 'one'])
  expect(restarts).toBe(0)
})
