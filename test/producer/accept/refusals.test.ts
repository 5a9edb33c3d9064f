import { expect, test } from 'vitest'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import { settled } from '../../support/manual-clock.ts'
import { log, logOfSize, startProducer } from '../../support/test-producer.ts'

const full = { totalSizeInBytes: 4000, overflow: 'reject' } as const

test('a caller that never awaits gets one error and one promise for all refusals of a turn', async () => {
  const { producer } = startProducer(full)
  producer.trySend({ logs: logOfSize(3500) })
  const refused = Array.from({ length: 1000 }, () => producer.send({ logs: logOfSize(1000) }))
  expect(new Set(refused).size).toBe(1)
  await expect(refused[0]).rejects.toMatchObject({ code: 'ERR_LOGHUB_BUFFER_FULL', retriable: true })
  expect(producer.metrics().logs).toMatchObject({ refused: 1000, refusedByCode: { ERR_LOGHUB_BUFFER_FULL: 1000 } })
})

test('refusals of different turns, and of different reasons, have errors of their own', async () => {
  const { producer } = startProducer(full)
  producer.trySend({ logs: logOfSize(3500) })
  const first = producer.send({ logs: logOfSize(1000) })
  const invalid = producer.send({ logs: [] })
  await settled()
  const later = producer.send({ logs: logOfSize(1000) })
  expect(new Set([first, invalid, later]).size).toBe(3)
  await expect(invalid).rejects.toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG' })
  await expect(later).rejects.toMatchObject({ code: 'ERR_LOGHUB_BUFFER_FULL' })
})

test('the refused event comes once a turn for each error, with all the logs that it refused', async () => {
  const { producer } = startProducer(full)
  const told: [string, number][] = []
  producer.on('refused', ({ error, logCount }) => told.push([error.code, logCount]))
  producer.trySend({ logs: logOfSize(3500) })
  for (let n = 0; n < 3; n++) void producer.send({ logs: [logOfSize(600), logOfSize(600)] })
  void producer.send({ logs: log(1, { '': 'an empty key' }) })
  expect(told).toEqual([])
  await settled()
  expect(told).toEqual([
    ['ERR_LOGHUB_BUFFER_FULL', 6],
    ['ERR_LOGHUB_INVALID_LOG', 1],
  ])
})

test('each callback is told of its own refusal, and never inside the send', async () => {
  const { producer } = startProducer(full)
  producer.trySend({ logs: logOfSize(3500) })
  const told: string[] = []
  for (const name of ['first', 'second']) {
    producer.send({ logs: logOfSize(1000) }, (error) => told.push(`${name}: ${(error as SendError).code}`))
  }
  expect(told).toEqual([])
  await settled()
  expect(told).toEqual(['first: ERR_LOGHUB_BUFFER_FULL', 'second: ERR_LOGHUB_BUFFER_FULL'])
})
