import { expect, test } from 'vitest'
import { withDeadline } from '../../src/core/deadline.ts'
import { Deferred } from '../../src/core/deferred.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'

const late = () => new Error('too late')

function setUp(timeoutMs: number, signal?: AbortSignal) {
  const clock = new ManualClock()
  const work = new Deferred<string>()
  const outcome = withDeadline(work.promise, clock, { timeoutMs, signal }, late).then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  )
  return { clock, work, outcome }
}

test('gives what the work gives, and leaves no timer behind', async () => {
  const { clock, work, outcome } = setUp(100)
  work.resolve('done')
  expect(await outcome).toEqual({ value: 'done' })
  expect(clock.timerCount).toBe(0)
})

test('fails as the work fails', async () => {
  const { work, outcome } = setUp(100)
  work.reject(new Error('work failed'))
  expect(await outcome).toEqual({ error: new Error('work failed') })
})

test('throws what late makes when the time is up, and lets the work go on unheard', async () => {
  const { clock, work, outcome } = setUp(100)
  await clock.advance(100)
  expect(await outcome).toEqual({ error: late() })
  work.reject(new Error('nobody listens'))
  await settled()
})

test('without a limit there is no timer', async () => {
  const { clock, work, outcome } = setUp(Number.POSITIVE_INFINITY)
  expect(clock.timerCount).toBe(0)
  work.resolve('at last')
  expect(await outcome).toEqual({ value: 'at last' })
})

test('a limit longer than a system timer can hold is kept', async () => {
  const days = 24 * 3600 * 1000
  const { clock, outcome } = setUp(30 * days)
  let isOver = false
  void outcome.then(() => {
    isOver = true
  })
  expect(clock.nextDueMs).toBeLessThan(25 * days)
  await clock.advance(29 * days)
  expect(isOver).toBe(false)
  await clock.advance(1 * days)
  expect(await outcome).toEqual({ error: late() })
})

test('a signal ends the wait with a coded error whose cause is its reason, before the start as well', async () => {
  const controller = new AbortController()
  const waiting = setUp(100, controller.signal)
  controller.abort(new Error('changed my mind'))
  const aborted = { error: { code: 'ERR_LOGHUB_ABORTED', cause: new Error('changed my mind') } }
  expect(await waiting.outcome).toMatchObject(aborted)
  expect(waiting.clock.timerCount).toBe(0)
  expect(await setUp(100, controller.signal).outcome).toMatchObject(aborted)
})
