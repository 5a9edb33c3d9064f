import { expect, test } from 'vitest'
import { Lease } from '../../../src/fleet/member/lease.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function lease() {
  const clock = new ManualClock()
  return { clock, lease: new Lease(clock, 10_000) }
}

test('is held for four fifths of its time, from when the renewal was sent', async () => {
  const { clock, lease: held } = lease()
  expect(held.isHeld).toBe(false)
  const sentAt = held.now()
  await clock.advance(1000)
  held.renew(sentAt)
  expect(held.remainingMs).toBe(7000)
  await clock.advance(6999)
  expect(held.isHeld).toBe(true)
  await clock.advance(1)
  expect(held.isHeld).toBe(false)
})

test('is over after a sleep of the machine, in which the monotonic clock stands still', () => {
  const { clock, lease: held } = lease()
  held.renew(held.now())
  clock.jump(9000)
  expect(held.isHeld).toBe(false)
  held.renew(held.now())
  expect(held.isHeld).toBe(true)
})

test('is no longer when the wall clock is set back', async () => {
  const { clock, lease: held } = lease()
  held.renew(held.now())
  clock.jump(-3_600_000)
  await clock.advance(8000)
  expect(held.isHeld).toBe(false)
})

test('ends at once when it is ended', () => {
  const { lease: held } = lease()
  held.renew(held.now())
  held.end()
  expect(held.isHeld).toBe(false)
})
