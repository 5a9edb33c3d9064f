import { expect, test } from 'vitest'
import { AttemptHistory } from '../../../src/producer/batch/attempt-history.ts'
import type { Attempt } from '../../../src/producer/sends/send-result.ts'

const attempt = (n: number): Attempt => {
  const rest = { successful: false, durationMs: 1, errorCode: 'ServerBusy', errorMessage: '' }
  return { ...rest, startedAt: n, requestId: `r${n}` }
}

test('kept are the newest attempts, oldest first, while all are counted', () => {
  const history = new AttemptHistory()
  for (let n = 1; n <= 5; n++) history.record(attempt(n), 3)
  expect(history.attempts.map(({ requestId }) => requestId)).toEqual(['r3', 'r4', 'r5'])
  expect([history.attemptCount, history.last?.requestId]).toEqual([5, 'r5'])
})

test('a lower limit, set while it runs, is kept as well', () => {
  const history = new AttemptHistory()
  for (let n = 1; n <= 5; n++) history.record(attempt(n), 5)
  history.record(attempt(6), 2)
  expect(history.attempts.map(({ requestId }) => requestId)).toEqual(['r5', 'r6'])
})

test('what was given out as the attempts of a result does not change with the next attempt', () => {
  const history = new AttemptHistory()
  history.record(attempt(1), 5)
  const { attempts } = history
  history.record(attempt(2), 5)
  expect(attempts.length).toBe(1)
})
