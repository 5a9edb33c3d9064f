import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decideRetry, type RetryLimits, type RetryState } from '../../../src/producer/deliver/retry-policy.ts'
import type { FailureClass } from '../../../src/sls/sink.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe, startProducer } from '../../support/test-producer.ts'

const limits: RetryLimits = {
  ...{ retries: 10, requestTimeoutMs: 15_000 },
  ...{ baseRetryBackoffMs: 100, maxRetryBackoffMs: 50_000 },
}
const fresh: RetryState = {
  logCount: 2,
  attemptCount: 1,
  countedRetries: 0,
  freeRetriesInARow: 0,
  remainingMs: 180_000,
  closing: false,
}
const almostOne = () => 1 - Number.EPSILON

describe('what a failure calls for', () => {
  const table: [FailureClass, string, string][] = [
    ['back-off', 'retry', 'back-off'],
    ['quota', 'retry', 'quota'],
    ['credentials', 'retry', 'credentials'],
    ['clock', 'retry', 'clock'],
    ['too-large', 'split', 'too-large'],
    ['content', 'split', 'content'],
    ['final', 'give-up', 'final'],
  ]
  test.each(table)('%s: %s because of %s', (failureClass, action, reason) => {
    expect(decideRetry(sinkError(failureClass), fresh, limits, almostOne)).toMatchObject({ action, reason })
  })

  test('a stale connection: at once, whatever it broke', () => {
    const error = sinkError('back-off', { staleConnection: true })
    const decision = { action: 'retry', reason: 'stale-connection', delayMs: 0, counts: false }
    expect(decideRetry(error, fresh, limits, almostOne)).toEqual(decision)
  })
})

describe('the back-off', () => {
  const delay = (failureClass: FailureClass, countedRetries: number, random: () => number) => {
    const state = { ...fresh, countedRetries, remainingMs: Number.POSITIVE_INFINITY }
    const decision = decideRetry(sinkError(failureClass), state, { ...limits, retries: 5000 }, random)
    return decision.action === 'retry' ? decision.delayMs : Number.NaN
  }

  test('doubles its ceiling from the base to the maximum', () => {
    const ceilings = Array.from({ length: 12 }, (_, retries) => Math.round(delay('back-off', retries, almostOne)))
    expect(ceilings).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 50_000, 50_000, 50_000])
  })

  test('is spread over everything below its ceiling', () => {
    expect(delay('back-off', 5, () => 0)).toBe(0)
    expect(delay('back-off', 5, () => 0.5)).toBe(1600)
    fc.assert(
      fc.property(fc.nat(2000), fc.double({ min: 0, max: 1 - Number.EPSILON, noNaN: true }), (retries, random) => {
        const waitMs = delay('back-off', retries, () => random)
        expect(waitMs).toBeGreaterThanOrEqual(0)
        expect(waitMs).toBeLessThanOrEqual(Math.min(100 * 2 ** retries, 50_000))
      }),
    )
  })

  test('cannot overflow, not after 1000 retries and not after more', () => {
    for (const retries of [52, 53, 58, 64, 1000, 4999]) expect(delay('back-off', retries, () => 0.5)).toBe(25_000)
  })

  test('of a quota is ten times as long, never below half of its ceiling, and ends at the same maximum', () => {
    expect([delay('quota', 0, () => 0), delay('quota', 0, () => 0.5)]).toEqual([500, 750])
    expect(Math.round(delay('quota', 0, almostOne))).toBe(1000)
    expect(delay('quota', 1000, () => 0)).toBe(25_000)
  })

  test('is never shorter than the answer asks for', () => {
    const error = sinkError('quota', { retryAfterMs: 7000 })
    expect(decideRetry(error, fresh, limits, () => 0)).toMatchObject({ action: 'retry', delayMs: 7000 })
  })

  test('is short while closing, whatever the answer asks for, and counts for nothing', () => {
    for (const failureClass of ['back-off', 'quota', 'credentials'] as const) {
      const error = sinkError(failureClass, { retryAfterMs: 30_000 })
      const delays = [1, 2, 3, 4, 5, 50].map((attemptCount) => {
        const decision = decideRetry(error, { ...fresh, attemptCount, closing: true }, limits, () => 0.5)
        expect(decision).toMatchObject({ action: 'retry', counts: false })
        return (decision as { delayMs: number }).delayMs
      })
      expect(delays).toEqual([50, 100, 200, 400, 500, 500])
    }
  })
})

describe('giving up', () => {
  test('comes with the last of the retries', () => {
    const decide = (countedRetries: number, retries: number) =>
      decideRetry(sinkError('back-off'), { ...fresh, countedRetries }, { ...limits, retries }, () => 0)
    expect(decide(9, 10).action).toBe('retry')
    expect(decide(10, 10)).toEqual({ action: 'give-up', reason: 'retries' })
    expect(decide(0, 0)).toEqual({ action: 'give-up', reason: 'retries' })
  })

  test('does not come with the last of the retries while closing', () => {
    const state = { ...fresh, countedRetries: 10, closing: true }
    expect(decideRetry(sinkError('back-off'), state, limits, () => 0).action).toBe('retry')
  })

  test('never comes by retries where they have no limit', () => {
    const state = { ...fresh, countedRetries: 1e6 }
    const decision = decideRetry(
      sinkError('back-off'),
      state,
      { ...limits, retries: Number.POSITIVE_INFINITY },
      () => 0,
    )
    expect(decision.action).toBe('retry')
  })

  test('comes with the deadline, but not before one more attempt was fitted in', () => {
    const decide = (remainingMs: number, retryAfterMs = 0) =>
      decideRetry(sinkError('quota', { retryAfterMs }), { ...fresh, remainingMs }, limits, () => 0)
    expect(decide(0)).toEqual({ action: 'give-up', reason: 'deadline' })
    // What the answer asks for fits; it is cut to leave room for a request; to half of what is left.
    expect(decide(180_000, 120_000)).toMatchObject({ action: 'retry', delayMs: 120_000 })
    expect(decide(180_000, 3_600_000)).toMatchObject({ action: 'retry', delayMs: 165_000 })
    expect(decide(6000, 3_600_000)).toMatchObject({ action: 'retry', delayMs: 3000 })
    expect(decide(200, 3_600_000)).toMatchObject({ action: 'retry', delayMs: 100 })
    expect(decide(198, 3_600_000)).toEqual({ action: 'give-up', reason: 'deadline' })
  })

  test('an outage longer than the deadline costs a bounded number of attempts more', () => {
    let [remainingMs, attempts] = [180_000, 0]
    for (; attempts < 1000; attempts++) {
      const state = { ...fresh, remainingMs, countedRetries: 20 }
      const decision = decideRetry(sinkError('back-off', { retryAfterMs: 600_000 }), state, limits, () => 1)
      if (decision.action !== 'retry') break
      remainingMs -= decision.delayMs
    }
    expect(attempts).toBeLessThan(10)
  })

  test('of credentials that cannot be right comes with the third attempt, of others it does not', () => {
    const decide = (attemptCount: number, wrongCredentials: boolean) =>
      decideRetry(sinkError('credentials', { wrongCredentials }), { ...fresh, attemptCount }, limits, () => 0)
    expect(decide(2, true).action).toBe('retry')
    expect(decide(3, true)).toEqual({ action: 'give-up', reason: 'final' })
    expect(decide(1000, false).action).toBe('retry')
  })

  test('of what cannot be helped comes at once, with the true reason even past the deadline', () => {
    const state = { ...fresh, remainingMs: -1 }
    expect(decideRetry(sinkError('final'), state, limits, almostOne)).toEqual({ action: 'give-up', reason: 'final' })
  })
})

describe('free retries', () => {
  test.each([sinkError('clock'), sinkError('back-off', { staleConnection: true })])(
    'use up none of the retries, but are bounded: $failureClass',
    (error) => {
      let state = { ...fresh, remainingMs: Number.POSITIVE_INFINITY }
      let attempts = 1
      for (; attempts < 1000; attempts++) {
        const decision = decideRetry(error, state, limits, () => 0)
        if (decision.action !== 'retry') break
        if (decision.counts) state = { ...state, countedRetries: state.countedRetries + 1, freeRetriesInARow: 0 }
        else state = { ...state, freeRetriesInARow: state.freeRetriesInARow + 1 }
      }
      expect(attempts).toBe(3 * (limits.retries + 1))
    },
  )

  test('a wrong clock costs no retry even where there are none', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0, retries: 0 }, [sinkError('clock')])
    const sent = observe(producer.send({ logs: log(1) }))
    await clock.advance(10)
    expect(sent).toMatchObject({ state: 'resolved', result: { attemptCount: 2 } })
  })
})
