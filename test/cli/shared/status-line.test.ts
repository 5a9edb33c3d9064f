import { expect, test } from 'vitest'
import { StatusLine } from '../../../src/cli/shared/status-line.ts'
import { ManualClock } from '../../support/manual-clock.ts'

function terminal(isTTY: boolean, columns: number) {
  const written: string[] = []
  return { isTTY, columns, written, write: (text: string) => written.push(text) }
}

test('on a terminal the line is redrawn, messages stand above it, and it goes in the end', async () => {
  const clock = new ManualClock()
  const screen = terminal(true, 80)
  const status = new StatusLine(screen, clock)
  let draws = 0
  status.start((columns) => `${++draws} of ${columns}`)
  await clock.advance(200)
  status.say('a message')
  status.stop()
  expect(screen.written).toEqual(['\r\x1b[K1 of 80', '\r\x1b[K2 of 80', '\r\x1b[Ka message\n3 of 80', '\r\x1b[K'])
  expect(clock.timerCount).toBe(0)
})

test('a terminal that does not know its width counts as 80 columns wide', () => {
  const screen = terminal(true, 0)
  const status = new StatusLine(screen, new ManualClock())
  status.start(String)
  expect(screen.written).toEqual(['\r\x1b[K80'])
})

test('elsewhere there are messages only', () => {
  const clock = new ManualClock()
  const pipe = terminal(false, 80)
  const status = new StatusLine(pipe, clock)
  status.start(() => 'progress')
  status.say('a message')
  status.stop()
  expect([pipe.written, clock.timerCount]).toEqual([['a message\n'], 0])
})
