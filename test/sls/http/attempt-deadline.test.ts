import { getEventListeners } from 'node:events'
import { describe, expect, test } from 'vitest'
import { AbortListeners } from '../../../src/sls/http/abort-listeners.ts'
import { AttemptDeadline } from '../../../src/sls/http/attempt-deadline.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function setUp() {
  const clock = new ManualClock()
  const controller = new AbortController()
  const listeners = new AbortListeners()
  const begin = (timeoutMs = 100) => new AttemptDeadline(clock, timeoutMs, controller.signal, listeners)
  const listenerCount = () => getEventListeners(controller.signal, 'abort').length
  return { clock, controller, begin, listenerCount }
}

describe('the deadline of an attempt', () => {
  test('passes with the time limit or the abort, whichever comes first, and once', async () => {
    const { clock, controller, begin } = setUp()
    const [early, late] = [begin(100), begin(200)]
    const seen: unknown[] = []
    early.onPassed((reason) => seen.push(reason))
    late.onPassed((reason) => seen.push(reason))
    await clock.advance(100)
    controller.abort('aborted')
    await clock.advance(100)
    expect(seen).toEqual([new Error('the time limit has passed'), 'aborted'])
    expect([early.timedOut, late.timedOut]).toEqual([true, false])
    expect(() => late.throwIfPassed()).toThrow('aborted')
  })

  test('tells at once where it has passed', () => {
    const { controller, begin } = setUp()
    const before = begin()
    controller.abort('aborted')
    for (const deadline of [before, begin()]) {
      const seen: unknown[] = []
      deadline.onPassed((reason) => seen.push(reason))
      expect(seen).toEqual(['aborted'])
    }
  })

  test('ends the wait for what cannot be aborted', async () => {
    const { clock, begin } = setUp()
    const deadline = begin()
    const waiting = expect(deadline.race(new Promise(() => {}))).rejects.toThrow('the time limit has passed')
    await clock.advance(100)
    await waiting
    expect(await begin().race(Promise.resolve('done'))).toBe('done')
    await expect(begin().race(Promise.reject(new Error('failed')))).rejects.toThrow('failed')
  })

  test('is not told of once the attempt has ended, and leaves no timer', () => {
    const { clock, controller, begin } = setUp()
    const deadline = begin()
    deadline.onPassed(() => expect.unreachable('the attempt had ended'))
    deadline.end()
    controller.abort()
    expect(clock.timerCount).toBe(0)
  })

  test('shares one listener with all others of its caller', () => {
    const { begin, listenerCount } = setUp()
    const many = Array.from({ length: 50 }, () => begin())
    expect(listenerCount()).toBe(1)
    for (const deadline of many) deadline.end()
    begin().end()
    expect(listenerCount()).toBe(1)
  })
})
