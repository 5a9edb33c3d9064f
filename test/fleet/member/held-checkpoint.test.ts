import { expect, test } from 'vitest'
import { ProducerError } from '../../../src/core/errors.ts'
import { type CheckpointRecord, MemoryCoordinator, type Table } from '../../../src/fleet/index.ts'
import { HeldCheckpoint } from '../../../src/fleet/member/held-checkpoint.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function table() {
  const clock = new ManualClock()
  const { checkpoints } = new MemoryCoordinator()
  const stored = async () => (await checkpoints.get('x'))?.value
  const claim = (token: number, unwritten?: CheckpointRecord, over: Table<CheckpointRecord> = checkpoints) =>
    HeldCheckpoint.claim('x', token, over, clock, unwritten)
  return { clock, checkpoints, stored, claim }
}

/** Of each write the answer is lost, but not the write. */
const withoutAnswers = (under: Table<CheckpointRecord>): Table<CheckpointRecord> => ({
  get: (key) => under.get(key),
  put: async (key, value, over) => {
    await under.put(key, value, over)
    throw new Error('no answer')
  },
  remove: (key, over) => under.remove(key, over),
  watch: (listener) => under.watch(listener),
})

test('a new owner reads what the one before it wrote last, and from then on that one writes nothing', async () => {
  const { clock, claim, stored } = table()
  const late = (await claim(1))!
  expect(late.value).toBeUndefined()
  late.save(10)
  await late.flush()
  const next = (await claim(2))!
  expect(next.value).toBe(10)
  late.save(11)
  await clock.advance(5000)
  expect(await stored()).toEqual({ token: 2, value: 10 })
  next.save(12)
  await next.flush()
  expect(await stored()).toEqual({ token: 2, value: 12 })
})

test('who is late claims nothing', async () => {
  const { claim } = table()
  await claim(2)
  expect(await claim(1)).toBeUndefined()
})

test('it is written once a second, however often it is saved', async () => {
  const { clock, claim, checkpoints } = table()
  const held = (await claim(1))!
  const revisions: number[] = []
  await checkpoints.watch(({ revision }) => revisions.push(revision))
  for (let value = 0; value < 50; value++) {
    held.save(value)
    await clock.advance(100)
  }
  expect(revisions.length).toBeLessThanOrEqual(7)
})

test('a write whose answer was lost is no later owner: the next one goes on', async () => {
  const { claim, checkpoints, stored } = table()
  let isDeaf = false
  const deaf = withoutAnswers(checkpoints)
  const table2: Table<CheckpointRecord> = {
    ...deaf,
    put: (key, value, over) => (isDeaf ? deaf : checkpoints).put(key, value, over),
  }
  const held = (await claim(1, undefined, table2))!
  isDeaf = true
  held.save(1)
  await expect(held.flush()).rejects.toThrow('no answer')
  expect(held.unwritten).toEqual({ token: 1, value: 1 })
  isDeaf = false
  held.save(2)
  await held.flush()
  expect(await stored()).toEqual({ token: 1, value: 2 })
})

test('what an owner could not write counts when it is the owner again and nobody was in between', async () => {
  const { claim } = table()
  await claim(1)
  expect((await claim(2, { token: 1, value: 'unwritten' }))!.value).toBe('unwritten')
  expect((await claim(3, { token: 1, value: 'too old' }))!.value).toBe('unwritten')
})

test('that of a removed input stays removed', async () => {
  const { claim, checkpoints, stored } = table()
  const held = (await claim(1))!
  await checkpoints.remove('x', (await checkpoints.get('x'))!.revision)
  held.save(1)
  await held.flush()
  expect(await stored()).toBeUndefined()
})

test('a value that can never be written is told once, and a smaller one is written', async () => {
  const { clock, checkpoints, stored } = table()
  const tooLarge = new ProducerError('ERR_LOGHUB_FLEET', 'x: too large')
  const bounded: Table<CheckpointRecord> = {
    get: (key) => checkpoints.get(key),
    put: (key, value, over) => (value.value === 'large' ? Promise.reject(tooLarge) : checkpoints.put(key, value, over)),
    remove: (key, over) => checkpoints.remove(key, over),
    watch: (listener) => checkpoints.watch(listener),
  }
  const warnings: string[] = []
  const held = (await HeldCheckpoint.claim('x', 1, bounded, clock, undefined, (text) => warnings.push(text)))!
  held.save('large')
  await clock.advance(5000)
  expect(warnings).toEqual(['the checkpoint cannot be written: x: too large'])
  held.save('small')
  await clock.advance(2000)
  expect(await stored()).toEqual({ token: 1, value: 'small' })
})
