import { expect, test } from 'vitest'
import { ServerClock } from '../../../src/sls/auth/server-clock.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const headers = (values: Record<string, string>) => (name: string) => values[name]

test('until something is learned, the service has the local time', () => {
  const clock = new ManualClock()
  expect(new ServerClock(clock).now()).toBe(clock.now())
})

test('x-log-time comes before Date, and the offset stays as time goes on', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12))
  const server = new ServerClock(clock)
  const learned = server.learn(
    headers({ 'x-log-time': String(Date.UTC(2026, 0, 1, 11) / 1000), date: 'Thu, 01 Jan 2026 10:00:00 GMT' }),
  )
  expect(learned).toBe(true)
  expect(server.offsetMs).toBe(-3_600_000)
  await clock.advance(5000)
  expect(server.now()).toBe(Date.UTC(2026, 0, 1, 11, 0, 5))
})

test('without x-log-time it is the Date header', () => {
  const server = new ServerClock(new ManualClock(Date.UTC(2026, 0, 1, 12)))
  expect(server.learn(headers({ date: 'Thu, 01 Jan 2026 12:30:00 GMT' }))).toBe(true)
  expect(server.offsetMs).toBe(1_800_000)
})

test.each([
  {},
  { date: 'yesterday' },
  { 'x-log-time': '0' },
  { 'x-log-time': 'NaN' },
  { 'x-log-time': '1e300' },
  { 'x-log-time': '253402300800' },
])('nothing is learned from %j', (values) => {
  const server = new ServerClock(new ManualClock())
  expect(server.learn(headers(values as Record<string, string>))).toBe(false)
  expect(server.offsetMs).toBe(0)
})

test('a local clock set right later is learned anew', () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 12))
  const server = new ServerClock(clock)
  server.learn(headers({ date: 'Thu, 01 Jan 2026 13:00:00 GMT' }))
  clock.jump(3_600_000)
  server.learn(headers({ date: 'Thu, 01 Jan 2026 13:00:00 GMT' }))
  expect(server.offsetMs).toBe(0)
})
