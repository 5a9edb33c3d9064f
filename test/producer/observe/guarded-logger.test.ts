import { expect, test } from 'vitest'
import { GuardedLogger } from '../../../src/producer/observe/guarded-logger.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { ScriptedSink, sinkError } from '../../support/scripted-sink.ts'

const levels = ['debug', 'info', 'warn', 'error'] as const

test('passes every line on, and throws nothing that the logger throws', () => {
  const lines: string[] = []
  const note = (message: string) => {
    lines.push(message)
    throw new Error('disk full')
  }
  const guarded = new GuardedLogger({ debug: note, info: note, warn: note, error: note })
  for (const level of levels) guarded[level](level)
  expect(lines).toEqual(levels.map((level) => `loghub-producer: ${level}`))
})

test('is logging while its logger is called, and only then', () => {
  const heard: boolean[] = []
  const note = () => heard.push(guarded.isLogging)
  const guarded: GuardedLogger = new GuardedLogger({ debug: note, info: note, warn: note, error: note })
  for (const level of levels) guarded[level](level)
  expect([heard, guarded.isLogging]).toEqual([[true, true, true, true], false])
})

test('a logger whose promise rejects raises nothing', async () => {
  const lines: string[] = []
  const note = async (message: string) => {
    lines.push(message)
    throw new Error('disk full')
  }
  const guarded = new GuardedLogger({ debug: note, info: note, warn: note, error: note })
  for (const level of levels) guarded[level](level)
  await settled()
  // An unhandled rejection would fail the run of the tests.
  expect(lines).toEqual(levels.map((level) => `loghub-producer: ${level}`))
})

test('a logger that writes to its own producer gets its lines refused, and nothing goes round in circles', async () => {
  const clock = new ManualClock()
  const sink = new ScriptedSink([], sinkError('final'))
  let lines = 0
  const write = (message: string) => {
    lines++
    producer.trySend({ logs: { contents: { message } } })
    void producer.writer().send({ message })
  }
  const logger = { debug: write, info: write, warn: write, error: write }
  const producer = new Producer({ project: 'p', logstore: 'l', sink, clock, logger, compression: 'none', lingerMs: 0 })
  for (let n = 0; n < 100; n++) {
    producer.trySend({ logs: { contents: { n } } })
    await clock.advance(1000)
  }
  await settled()
  expect(sink.seen).toHaveLength(100)
  expect(lines).toBeLessThan(20)
})
