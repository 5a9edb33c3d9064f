import { expect, test } from 'vitest'
import { type Progress, progressLine } from '../../../src/cli/send/progress-line.ts'

const half: Progress = {
  bytesRead: 500_000,
  totalBytes: 1_000_000,
  delivered: 4000,
  failed: 0,
  underWay: 1000,
  retries: 0,
  elapsedMs: 2000,
}

test('shows how much is read, the rate, and the time that is left', () => {
  expect(progressLine(half, 200)).toBe(
    '[##########----------]  50 %  500.0 KB of 1.0 MB  2,000 lines/s  0:02 left  4,000 delivered  1,000 under way',
  )
})

test('shows retries and failures where there are some', () => {
  expect(progressLine({ ...half, retries: 3, failed: 12 }, 200)).toContain('  12 failed  3 retries  ')
})

test('an input without a known size has no bar, no percent and no time left', () => {
  expect(progressLine({ ...half, totalBytes: undefined }, 200)).toBe(
    '500.0 KB  2,000 lines/s  4,000 delivered  1,000 under way',
  )
})

test('begins at nothing and ends at everything, also where the file has grown meanwhile', () => {
  const start = { ...half, bytesRead: 0, delivered: 0, underWay: 0, elapsedMs: 0 }
  expect(progressLine(start, 200)).toBe(`[${'-'.repeat(20)}]   0 %  0 B of 1.0 MB  0 lines/s  0 delivered  0 under way`)
  expect(progressLine({ ...half, bytesRead: 1_500_000 }, 200)).toContain(`[${'#'.repeat(20)}] 100 %`)
  expect(progressLine({ ...start, totalBytes: 0 }, 200)).toContain('100 %')
})

test('gives up the bar first where it does not fit, and never fills the last column, where terminals break the line', () => {
  expect(progressLine(half, 90)).toBe(
    ' 50 %  500.0 KB of 1.0 MB  2,000 lines/s  0:02 left  4,000 delivered  1,000 under way',
  )
  expect(progressLine(half, 40)).toHaveLength(39)
})
