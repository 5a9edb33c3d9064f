import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { FleetInputStatus, FleetStatus } from '../../../src/fleet/index.ts'
import { NatsCoordinator } from '../../../src/fleet/index.ts'
import { temporaryFolder } from '../../agent/support/start-agent.ts'
import { hasNatsServer, type NatsServer, startNatsServer } from '../../support/nats-server.mjs'
import { runCli } from '../../support/run-cli.ts'

test('fleet says which fleet is missing, and what is wrong with specs before it connects', async () => {
  const told = async (...args: string[]) => {
    const { code, stderr } = await runCli(['fleet', 'ls', ...args])
    expect(code).toBe(2)
    return stderr
  }
  expect(await told()).toContain('which fleet: --name, LOGHUB_FLEET, or --config')
  expect(await told('--name', 'f', '--config', join(temporaryFolder(), 'none.yaml'))).toContain('there is no file')
  expect(await told('--name', 'a.*')).toContain("fleet: name: must be 1 to 64 letters, digits or '-'")
  expect(await told('--name', 'f', '--prefix', 'x>')).toContain('fleet: prefix: must be')
  expect(await told('--name', 'f', '--nats', '')).toContain('fleet: nats.servers[0]: must be a text that is not empty')
  expect(await told('--name', 'f', '--nats', 'x y:z')).toContain('x y:z is no list of addresses')
  expect(await told('too-much')).toContain("Run 'loghub fleet ls --help'")
  const file = join(temporaryFolder(), 'inputs.yaml')
  writeFileSync(
    file,
    'inputs:\n  - { id: a, type: files, placement: some }\n  - { id: b, type: http, port: 0, on: { zone: "${ZONE}" } }\n  - { id: a, type: stdin }\n',
  )
  const { code, stderr } = await runCli(['fleet', 'add', file, '--name', 'f', '--nats', 'nats://127.0.0.1:1'])
  expect(code).toBe(2)
  for (const part of [
    "there is no type 'files'",
    'placement: must be',
    '${ZONE}: there is no such environment',
    'the id a is given twice',
    'a: type: stdin belongs to one process; put it in the inputs of the agent.yaml of that agent',
  ])
    expect(stderr).toContain(part)
})

test('fleet shows no value that was filled in', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'inputs.yaml')
  const config = join(folder, 'agent.yaml')
  writeFileSync(join(folder, 'secret'), 'hunter2-secret\n')
  writeFileSync(file, 'inputs:\n  - { id: a, type: "${file:secret}" }\n')
  writeFileSync(config, 'fleet: { name: "${file:secret} x" }\n')
  for (const args of [
    ['add', file, '--name', 'f'],
    ['ls', '--config', config],
  ]) {
    const { code, stderr } = await runCli(['fleet', ...args, '--nats', 'nats://127.0.0.1:1'])
    expect([code, stderr]).toEqual([2, expect.not.stringContaining('hunter2')])
  }
})

test('fleet names the servers that it cannot reach', async () => {
  const { code, stderr } = await runCli(['fleet', 'ls', '--name', 'f', '--nats', 'nats://127.0.0.1:1'])
  expect(code).toBe(1)
  expect(stderr).toContain('NATS cannot be reached at nats://127.0.0.1:1')
})

describe.skipIf(!hasNatsServer)('fleet, with a real server', () => {
  let server: NatsServer
  let coordinator: NatsCoordinator
  beforeAll(async () => {
    server = await startNatsServer()
    coordinator = await NatsCoordinator.connect(
      { fleet: 'f', servers: [server.url] },
      { name: 'test', baseDirectory: '.' },
    )
  })
  afterAll(async () => {
    await coordinator?.close()
    await server?.stop()
  })

  const fleet = (...args: string[]) => runCli(['fleet', ...args], { LOGHUB_FLEET: 'f', NATS_URL: server.url })

  async function member(name: string, labels: Record<string, string> = {}) {
    const record = {
      session: `${name}-1`,
      labels,
      weight: 1,
      load: 0.5,
      isDraining: false,
      refused: {},
      leaseMs: 10_000,
    }
    await coordinator.members.put(name, { ...record, startedAt: Date.now(), renewedAt: Date.now() }, 0)
  }

  test('says that there is no fleet of a misspelt name, and makes none', async () => {
    for (let i = 0; i < 2; i++) {
      expect(await fleet('ls', '--name', 'g')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(
          'there is no fleet g on these servers (bucket loghub_g); its first agent makes it',
        ),
      })
    }
  })

  test('adds, shows, explains, drains and removes what the agents share', async () => {
    await member('agent-1', { zone: 'a' })
    await member('agent-2', { zone: 'b' })
    const file = join(temporaryFolder(), 'inputs.yaml')
    writeFileSync(
      file,
      'inputs:\n  - { id: orders, type: http, port: 0, on: { zone: b } }\n  - { id: host, type: host-metrics, placement: all }\n',
    )
    expect(await fleet('add', file)).toMatchObject({ code: 0, stdout: 'orders is added\nhost is added\n' })
    expect(await fleet('add', file)).toMatchObject({ code: 0, stdout: 'orders is changed\nhost is changed\n' })

    const owner = { member: 'agent-2', session: 'agent-2-1', since: Date.now(), reason: 'first' }
    const waiting = await fleet('ls')
    expect(waiting.code).toBe(1)
    expect((JSON.parse(waiting.stdout) as FleetStatus).inputs[1]).toMatchObject({ problem: 'agent-2 is to take it' })
    const token = await coordinator.owners.put('orders', owner, 0)
    const explained = await fleet('explain', 'orders')
    expect(explained.code).toBe(0)
    expect(JSON.parse(explained.stdout) as FleetInputStatus).toMatchObject({ owner: 'agent-2', reason: 'first', token })
    const status = JSON.parse((await fleet('ls')).stdout) as FleetStatus
    expect(status.members.map(({ name, owned }) => [name, owned])).toEqual([
      ['agent-1', 0],
      ['agent-2', 1],
    ])

    expect(await fleet('drain', 'agent-2')).toMatchObject({ code: 0 })
    expect((await coordinator.members.get('agent-2'))!.value.isDraining).toBe(true)
    expect(await fleet('drain', 'agent-2', '--wait', '--timeout', '200ms')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('agent-2 still has 1 inputs after 200 ms'),
    })
    await fleet('drain', 'agent-2', '--undo')
    expect((await coordinator.members.get('agent-2'))!.value.isDraining).toBe(false)
    expect(await fleet('drain', 'agent-1', '--wait')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('runs nothing'),
    })

    expect(await fleet('remove', 'orders', 'hosts')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('hosts: the fleet has no input of this name; did you mean host?'),
    })
    expect(await coordinator.specs.get('orders')).toBeDefined()
    expect(await fleet('remove', 'orders', 'host')).toMatchObject({ code: 0 })
    expect(await coordinator.specs.get('orders')).toBeUndefined()
  })
})
