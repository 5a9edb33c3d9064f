import { expect, test } from 'vitest'
import { decideRetry } from '../../../src/producer/deliver/retry-policy.ts'
import { sinkError } from '../../support/scripted-sink.ts'

const limits = { retries: 0, requestTimeoutMs: 100, baseRetryBackoffMs: 100, maxRetryBackoffMs: 1000 }
const state = {
  logCount: 2,
  attemptCount: 1,
  countedRetries: 0,
  freeRetriesInARow: 0,
  remainingMs: 1000,
  closing: false,
}
const never = () => expect.fail('a split needs no jitter')

test.each(['content', 'too-large'] as const)(
  'a request refused as %s is split, also with no retries left',
  (reason) => {
    expect(decideRetry(sinkError(reason), state, limits, never)).toEqual({ action: 'split', reason })
  },
)

test.each(['content', 'too-large'] as const)('a single log refused as %s is given up as refused', (reason) => {
  for (const remainingMs of [1000, 0]) {
    const decision = decideRetry(sinkError(reason), { ...state, logCount: 1, remainingMs }, limits, never)
    expect(decision).toEqual({ action: 'give-up', reason: 'refused' })
  }
})

test('a refused request whose time is up is not split any more', () => {
  const decision = decideRetry(sinkError('content'), { ...state, remainingMs: 0 }, limits, never)
  expect(decision).toEqual({ action: 'give-up', reason: 'deadline' })
})
