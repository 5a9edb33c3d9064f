import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { AbortWatch } from '../../../src/producer/accept/abort-watch.ts'

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
