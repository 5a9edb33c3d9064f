import { describe, expect, test } from 'vitest'
import { fleetSpecOf } from '../../../src/fleet/index.ts'
import { fleetWorld } from '../support/fleet-world.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n)

describe('inputs with placement one', () => {
  test('run on one member each, in even shares', async () => {
    const world = fleetWorld()
    await world.add(...upTo(9).map((i) => world.spec(`i${i}`)))
    for (const name of ['a', 'b', 'c']) await world.start(name)
    await world.advance(3000)
    const owners = Object.values(await world.owners())
    for (const name of ['a', 'b', 'c']) expect(owners.filter((owner) => owner === name)).toHaveLength(3)
    const writers = new Map<string, Set<string>>()
    for (const { input, member } of world.writes.filter(({ atMs }) => atMs > 2000)) {
      writers.set(input, (writers.get(input) ?? new Set()).add(member))
    }
    expect([...writers.values()].map((members) => members.size)).toEqual(Array(9).fill(1))
  })

  test('of a member that was killed go on elsewhere after its lease, where the last delivered log was', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    await world.start('a')
    await world.advance(5000)
    await world.start('b')
    await world.advance(2000)
    expect(await world.owners()).toEqual({ x: 'a' })
    const killedAtMs = world.clock.monotonicMs()
    world.kill('a')
    await world.advance(20_000)
    expect(await world.owners()).toEqual({ x: 'b' })
    const first = world.writes.find(({ member }) => member === 'b')!
    expect(first.atMs - killedAtMs).toBeGreaterThan(8000)
    expect(first.atMs - killedAtMs).toBeLessThan(13_500)
    const numbers = world.numbers('x')
    // Nothing is left out; what the last second had not kept comes twice.
    expect(new Set(numbers).size).toBe(Math.max(...numbers) + 1)
    expect(numbers.length - new Set(numbers).size).toBeLessThanOrEqual(11)
    const explained = (await world.control()).explain('x')
    expect(explained).toMatchObject({ owner: 'b', reason: 'takeover from a' })
  })

  test('are written by nobody for longer than the lease, also by a process that stood still and goes on', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    await world.start('a')
    await world.start('b')
    await world.advance(3000)
    const before = (await world.owners()).x!
    const after = before === 'a' ? 'b' : 'a'
    world.freeze(before)
    await world.advance(20_000)
    expect(await world.owners()).toEqual({ x: after })
    const count = world.writes.length
    world.thaw(before)
    await world.advance(3000)
    expect(world.writes.slice(count).filter(({ member }) => member === before)).toEqual([])
    expect(world.processes.get(before)!.member.status()).toMatchObject({ state: 'member', owned: [] })
  })

  test('are written no more by an owner in whose place the tables name another, as after a loss of writes', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    await world.start('a')
    await world.advance(2000)
    const { member } = await world.start('b')
    await world.advance(1000)
    const { owners } = world.tables
    const { value, revision } = (await owners.get('x'))!
    await owners.put('x', { ...value, member: 'b', session: member.status().session! }, revision)
    await world.advance(20)
    const count = world.writes.length
    await world.advance(1000)
    expect(world.writes.slice(count).filter((write) => write.member === 'a')).toEqual([])
    await world.advance(5000)
    expect(world.writes.at(-1)).toMatchObject({ member: 'b' })
    const numbers = world.numbers('x')
    expect(new Set(numbers).size).toBe(Math.max(...numbers) + 1)
  })

  test('stop before the lease is over when the coordinator is away, and come back by themselves', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'), world.spec('everywhere', { placement: 'all' }))
    const { link, member } = await world.start('a')
    await world.advance(5000)
    link.cut()
    const cutAtMs = world.clock.monotonicMs()
    await world.advance(30_000)
    expect(member.status()).toMatchObject({ state: 'waiting', owned: [], everywhere: ['everywhere'] })
    expect(Math.max(...world.writes.filter(({ input }) => input === 'x').map(({ atMs }) => atMs))).toBeLessThan(
      cutAtMs + 8000,
    )
    expect(world.writes.at(-1)).toMatchObject({ input: 'everywhere' })
    link.mend()
    await world.advance(5000)
    expect(member.status()).toMatchObject({ state: 'member', owned: ['x'] })
    const numbers = world.numbers('x')
    expect(numbers).toEqual(upTo(numbers.length))
  })

  test('are handed over by a member that drains, with no log twice and hardly a gap', async () => {
    const world = fleetWorld()
    await world.add(...upTo(4).map((i) => world.spec(`i${i}`)))
    await world.start('a')
    await world.start('b')
    await world.advance(3000)
    await (await world.control()).drain('a')
    await world.advance(5000)
    expect(new Set(Object.values(await world.owners()))).toEqual(new Set(['b']))
    expect(world.processes.get('a')!.member.status()).toMatchObject({ state: 'draining', owned: [] })
    for (const i of upTo(4)) {
      const writes = world.writes.filter(({ input }) => input === `i${i}`)
      expect(writes.map(({ n }) => n)).toEqual(upTo(writes.length))
      const gaps = writes.slice(1).map(({ atMs }, at) => atMs - writes[at]!.atMs)
      expect(Math.max(...gaps)).toBeLessThan(1000)
    }
    await (await world.control()).drain('a', false)
    await world.advance(5000)
    expect(Object.values(await world.owners()).filter((owner) => owner === 'a')).toHaveLength(2)
  })

  test('are handed over by a member that closes, and the others need not wait for its lease', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    const { member } = await world.start('a')
    await world.advance(2000)
    await world.start('b')
    const closing = member.close()
    await world.advance(3000)
    await closing
    expect(await world.owners()).toEqual({ x: 'b' })
    expect(await world.tables.members.get('a')).toBeUndefined()
    const numbers = world.numbers('x')
    expect(numbers).toEqual(upTo(numbers.length))
    expect(world.processes.get('a')!.agent.specs()).toEqual([])
  })

  test('end when they are removed, and their checkpoints with them; added again they begin anew', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    await world.start('a')
    await world.advance(3000)
    await (await world.control()).remove('x')
    await world.advance(3000)
    expect(await world.tables.owners.get('x')).toBeUndefined()
    expect(await world.tables.checkpoints.get('x')).toBeUndefined()
    const count = world.writes.length
    await world.add(world.spec('x'))
    await world.advance(1000)
    expect(world.writes[count]).toMatchObject({ n: 0 })
  })

  test('start anew with a changed spec on the same member, from the checkpoint', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    await world.start('a')
    await world.start('b')
    await world.advance(3000)
    const { x } = await world.owners()
    await world.add(world.spec('x', { required: false }))
    await world.advance(3000)
    expect(await world.owners()).toEqual({ x })
    const numbers = world.numbers('x')
    expect(numbers).toEqual(upTo(numbers.length))
    expect(world.processes.get(x!)!.agent.specs()).toMatchObject([{ id: 'x', required: false }])
    const gaps = world.writes.slice(1).map(({ atMs }, at) => atMs - world.writes[at]!.atMs)
    expect(Math.max(...gaps)).toBeLessThan(500)
  })

  test('that cannot start on a member, or fail there for good, go to another', async () => {
    const world = fleetWorld()
    const isBad = new Set(['a'])
    const fails = world.source(
      'x',
      async ({ logger: _, ...context }) => {
        const name = [...world.processes.values()].find(({ agent }) =>
          agent.status().inputs.some(({ id }) => id === 'x' && id === context.id),
        )!.name
        if (isBad.has(name)) throw new Error('no such device')
        await new Promise((resolve) => context.signal.addEventListener('abort', resolve))
      },
      { restart: { policy: 'never' } },
    )
    await world.start('a')
    await world.add(fails)
    await world.advance(3000)
    const control = await world.control()
    expect(control.explain('x').problem).toBe('it could not start: a: no such device')
    await world.start('b')
    await world.advance(3000)
    expect(await world.owners()).toEqual({ x: 'b' })
    expect(world.processes.get('a')!.messages).toContain('x: cannot run here: no such device')
  })

  test('run only where their labels are', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x', { on: { zone: 'b' } }), world.spec('y', { on: { zone: 'b' }, placement: 'all' }))
    await world.start('a', { labels: { zone: 'a' } })
    await world.advance(2000)
    expect(await world.owners()).toEqual({ x: 'nobody', y: 'nobody' })
    await world.start('b', { labels: { zone: 'b' } })
    await world.advance(2000)
    expect(world.processes.get('b')!.member.status()).toMatchObject({ owned: ['x'], everywhere: ['y'] })
    expect(world.processes.get('a')!.member.status()).toMatchObject({ owned: [], everywhere: [] })
  })

  test('of a removed local input come back, as it is the fleet that decides', async () => {
    const world = fleetWorld()
    await world.add(world.spec('x'))
    const { agent } = await world.start('a')
    await world.advance(2000)
    await agent.remove('x')
    await world.advance(3000)
    expect(agent.specs().map(({ id }) => id)).toEqual(['x'])
    const numbers = world.numbers('x')
    expect(numbers).toEqual(upTo(numbers.length))
  })
})

test('inputs with placement all run on each member, and end on each when they are removed', async () => {
  const world = fleetWorld()
  await world.add(world.spec('x', { placement: 'all' }))
  for (const name of ['a', 'b']) await world.start(name)
  await world.advance(1000)
  for (const { agent } of world.processes.values()) expect(agent.specs().map(({ id }) => id)).toEqual(['x'])
  await (await world.control()).remove('x')
  await world.advance(3000)
  for (const { agent } of world.processes.values()) expect(agent.specs()).toEqual([])
})

test('inputs that have the name of a property of every object run like any other', async () => {
  const world = fleetWorld()
  const ids = ['__proto__', 'constructor', 'toString']
  await world.add(...ids.map((id) => world.spec(id)), world.spec('valueOf', { placement: 'all' }))
  const { member } = await world.start('a')
  await world.advance(2000)
  expect([...member.status().owned].sort()).toEqual(ids)
  expect(member.status().everywhere).toEqual(['valueOf'])
})

test('a spec in the tables that no fleet can run is refused by its members, who say why', async () => {
  const world = fleetWorld()
  for (const [id, placement] of [
    ['one', 'one'],
    ['all', 'all'],
  ] as const) {
    await world.tables.specs.put(id, fleetSpecOf({ id, type: 'stdin', placement }), 0)
  }
  const { member, agent, messages } = await world.start('a')
  await world.advance(5000)
  expect(agent.specs()).toEqual([])
  expect(member.status()).toMatchObject({ owned: [], everywhere: [] })
  const control = await world.control()
  for (const id of ['one', 'all']) {
    const why = 'it could not start: a: type: stdin belongs to one process'
    expect(control.explain(id)).toMatchObject({ owner: undefined, members: [], problem: expect.stringContaining(why) })
  }
  expect(messages).toContainEqual(expect.stringContaining('all: cannot run here: type: stdin belongs to one process'))
})

test('an agent under the name of one that lives says so, and joins when that one has gone', async () => {
  const world = fleetWorld()
  await world.start('a')
  const first = world.processes.get('a')!
  const second = await world.start('a')
  await world.advance(15_000)
  expect(second.member.status().state).toBe('waiting')
  expect(second.messages.join()).toContain('a member named a is there')
  const closing = first.member.close()
  await world.advance(5000)
  await closing
  expect(second.member.status().state).toBe('member')
})

test('an agent that starts again after a crash joins when the lease of its earlier life is over', async () => {
  const world = fleetWorld()
  await world.add(world.spec('x'))
  await world.start('a')
  await world.advance(3000)
  world.kill('a')
  await world.start('a')
  await world.advance(5000)
  expect(world.processes.get('a')!.member.status().state).toBe('waiting')
  await world.advance(10_000)
  expect(world.processes.get('a')!.member.status()).toMatchObject({
    state: 'member',
    owned: ['x'],
    counts: { evicted: 1, takenOver: 1 },
  })
})
