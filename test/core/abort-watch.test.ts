import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { AbortWatch } from '../../src/core/abort-watch.ts'
import { withDeadline } from '../../src/core/deadline.ts'
import { ManualClock } from '../support/manual-clock.ts'

test('a signal has one listener for all that wait on it, and none when none is left', () => {
  const gone: number[] = []
  const watch = new AbortWatch<number>((item) => gone.push(item))
  const { signal } = new AbortController()
  for (let n = 0; n < 1000; n++) watch.add(signal, n)
  expect(getEventListeners(signal, 'abort').length).toBe(1)
  for (let n = 0; n < 1000; n++) watch.delete(signal, n)
  expect(getEventListeners(signal, 'abort').length).toBe(0)
})

test('aborting tells each that still waits, once', () => {
  const gone: number[] = []
  const watch = new AbortWatch<number>((item, signal) => {
    gone.push(item)
    watch.delete(signal, item)
  })
  const controller = new AbortController()
  for (const n of [1, 2, 3]) watch.add(controller.signal, n)
  watch.delete(controller.signal, 2)
  controller.abort()
  expect(gone).toEqual([1, 3])
})

test('waits with a deadline share one listener of their signal', async () => {
  const controller = new AbortController()
  const never = new Promise<never>(() => {})
  const wait = () =>
    withDeadline(never, new ManualClock(), { timeoutMs: 1000, signal: controller.signal }, () => new Error('late'))
  const waits = Array.from({ length: 100 }, wait)
  expect(getEventListeners(controller.signal, 'abort').length).toBe(1)
  controller.abort()
  for (const end of await Promise.allSettled(waits)) {
    expect(end).toMatchObject({ status: 'rejected', reason: { code: 'ERR_LOGHUB_ABORTED' } })
  }
  expect(getEventListeners(controller.signal, 'abort').length).toBe(0)
})
