import { expect, onTestFinished, test } from 'vitest'
import { FleetControl, type FleetInputSpec, MemoryCoordinator } from '../../src/fleet/index.ts'
import { settled } from '../support/manual-clock.ts'
import { memberRecord as member } from './support/member-record.ts'

const spec = (id: string, fields: Partial<FleetInputSpec> = {}): FleetInputSpec => ({
  id,
  type: 'file',
  paths: ['/var/log/x'],
  ...fields,
})

async function openControl() {
  const coordinator = new MemoryCoordinator()
  const control = await FleetControl.open(coordinator)
  onTestFinished(() => control.close())
  return { coordinator, control }
}

test('a spec that was added is listed, and added again is changed', async () => {
  const { control } = await openControl()
  expect(await control.add(spec('a', { on: { zone: 'a' }, cost: 3 }))).toBe(true)
  expect(await control.add(spec('a', { on: { zone: 'b' } }))).toBe(false)
  await settled()
  expect(control.status().inputs).toMatchObject([
    { id: 'a', type: 'file', placement: 'one', on: { zone: 'b' }, cost: 1, problem: 'the fleet has no members' },
  ])
})

test('everything wrong with a spec is told, and nothing is added', async () => {
  const { control, coordinator } = await openControl()
  const wrong = { id: 'a b', type: 'fil', placement: 'two', cost: 0 } as never
  const error: Error = await control.add(wrong).catch((thrown) => thrown)
  expect(error).toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
  for (const part of ['id: must be', 'placement: must be', 'cost: must be', "there is no type 'fil'"]) {
    expect(error.message).toContain(part)
  }
  expect(await coordinator.specs.get('a b')).toBeUndefined()
})

test('an input that belongs to one process or machine is refused, with what to do instead', async () => {
  const { control, coordinator } = await openControl()
  const itself: Record<string, unknown> = {}
  itself.me = itself
  const module = (options: object) => ({ id: 'x', type: 'module', module: '/x.mjs', options })
  const deep = JSON.parse(`${'{"a":'.repeat(200)}1${'}'.repeat(200)}`) as object
  const cases: [object, string][] = [
    [{ id: 'x', type: 'stdin' }, 'type: stdin belongs to one process; put it in the inputs of the agent.yaml'],
    [{ id: 'x', type: 'stdin', placement: 'all' }, 'type: stdin belongs to one process'],
    [
      { id: 'x', type: 'host-metrics' },
      'placement: host-metrics measures the machine of its agent; use placement: all',
    ],
    [
      { id: 'x', input: { run: async () => {} } },
      'input: an input of code exists in one process only; make it a module',
    ],
    [module({ on: () => {} }), 'options.on: must be JSON'],
    [module({ list: [1, new Date()] }), 'options.list[1]: must be JSON'],
    [module({ n: Number.NaN }), 'options.n: must be JSON'],
    [module({ n: 1n }), 'options.n: must be JSON'],
    [module(itself), 'options.me: must not contain itself'],
    [module(deep), 'must not be nested deeper than 100'],
  ]
  for (const [spec, message] of cases) {
    const error: Error = await control.add(spec as FleetInputSpec).catch((thrown) => thrown)
    expect(error).toMatchObject({
      code: 'ERR_LOGHUB_OPTION',
      message: expect.stringContaining(`x: ${message.startsWith('must') ? '' : message}`),
    })
    expect(error.message).toContain(message)
  }
  expect(await coordinator.specs.get('x')).toBeUndefined()
  expect(await control.add({ id: 'x', type: 'host-metrics', placement: 'all' })).toBe(true)
  expect(await control.add(module({ list: [1, null, { a: 'b' }], left: undefined }) as FleetInputSpec)).toBe(false)
})

test('removing takes the checkpoint away too; what is not there is told with the nearest name', async () => {
  const { control, coordinator } = await openControl()
  await control.add(spec('nginx'))
  await coordinator.checkpoints.put('nginx', { token: 1, value: 2 }, 0)
  await settled()
  await expect(control.remove('ngnix')).rejects.toThrow('did you mean nginx?')
  await control.remove('nginx')
  expect(await coordinator.specs.get('nginx')).toBeUndefined()
  expect(await coordinator.checkpoints.get('nginx')).toBeUndefined()
})

test('drain marks a member, and can be taken back', async () => {
  const { control, coordinator } = await openControl()
  await coordinator.members.put('m', member(), 0)
  await control.drain('m')
  expect((await coordinator.members.get('m'))?.value.isDraining).toBe(true)
  await control.drain('m', false)
  expect((await coordinator.members.get('m'))?.value.isDraining).toBe(false)
  await expect(control.drain('n')).rejects.toThrow('n: the fleet has no member of this name')
})

test('explains who runs an input, since when and why, and why nobody does', async () => {
  const { control, coordinator } = await openControl()
  await coordinator.members.put('m', member({ labels: { zone: 'a' }, refused: { bad: 'the port is taken' } }), 0)
  await control.add(spec('runs'))
  await control.add(spec('orphan'))
  await control.add(spec('elsewhere', { on: { zone: 'b' } }))
  await control.add(spec('bad'))
  await control.add(spec('everywhere', { placement: 'all' }))
  const token = await coordinator.owners.put('runs', { member: 'm', session: 's', since: 7, reason: 'first' }, 0)
  await coordinator.owners.put('orphan', { member: 'm', session: 'of before', since: 1, reason: 'first' }, 0)
  await settled()
  expect(control.explain('runs')).toMatchObject({ owner: 'm', since: 7, reason: 'first', token, problem: undefined })
  expect(control.explain('orphan')).toMatchObject({ owner: undefined, planned: 'm', problem: 'm is to take it' })
  expect(control.explain('elsewhere').problem).toBe('no member has the labels zone=b')
  expect(control.explain('bad').problem).toBe('it could not start: m: the port is taken')
  expect(control.explain('everywhere')).toMatchObject({ members: ['m'], problem: undefined })
  expect(control.status().members).toMatchObject([{ name: 'm', owned: 1, planned: 2 }])
  expect(() => control.explain('rns')).toThrow('did you mean runs?')
  await control.drain('m')
  await settled()
  expect(control.explain('orphan').problem).toBe('the members that could run it are draining: m')
})
