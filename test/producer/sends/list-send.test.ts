import { describe, expect, test } from 'vitest'
import type { SendError } from '../../../src/producer/sends/send-error.ts'
import type { SendResult } from '../../../src/producer/sends/send-result.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

/** Ten logs of a mebibyte: a request holds seven of them and a bit. */
const large = Array.from({ length: 10 }, (_, n) => logOfSize(1024 * 1024 + 100, n))

describe('a list that one request cannot hold', () => {
  test('is cut into as few as can be, in order, and settles once when all are delivered', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 4 }, ['hang', 'hang', 'hang', 'hang'])
    let calls = 0
    producer.send({ logs: large }, () => calls++)
    const sent = observe(producer.send({ topic: 'other', logs: large }))
    await clock.advance(2000)
    const parts = [
      ['0', '1', '2', '3', '4', '5', '6'],
      ['7', '8', '9'],
    ]
    expect(sentLogs(sink.seen)).toEqual([...parts, ...parts])
    expect([calls, sent.state]).toEqual([0, 'pending'])
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'done' })
    await settled()
    expect([calls, sent.state]).toEqual([1, 'resolved'])
    expect(sent.result?.parts?.map(({ batchLogCount }) => batchLogCount)).toEqual([7, 3])
    expect(producer.metrics().memory.usedBytes).toBe(0)
  })

  test('fails when a part fails, with the results of all parts, also for who sees only the error', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 4 }, [
      sinkError('final', { serverCode: 'ProjectForbidden' }),
      'hang',
    ])
    let called: [SendError, SendResult] | undefined
    producer.send({ logs: large }, (error, result) => {
      called = [error as SendError, result as SendResult]
    })
    const sent = observe(producer.send({ topic: 'other', logs: large }))
    await clock.advance(2000)
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'done' })
    await settled()
    const failed = called ? called : expect.unreachable()
    expect(failed[0]).toMatchObject({ code: 'ERR_LOGHUB_SEND', serverCode: 'ProjectForbidden', name: 'SendError' })
    expect(failed[1]).toMatchObject({ successful: false, parts: [{ successful: false }, { successful: true }] })
    expect(failed[0].result).toBe(failed[1])
    expect(failed[0].storedLogs).toEqual([{ firstIndex: 7, logCount: 3 }])
    expect(failed[0].message).toContain('3 of the 10 logs are stored')
    expect(sent.state).toBe('resolved')
  })

  test('that is split and then fails as a whole tells which of its logs are stored', async () => {
    const logs = Array.from({ length: 8 }, (_, n) => log(n))
    // Eight in two halves of four; of the first, log 1 is refused; the second half is forbidden but for its first two.
    const refuse = (count: number, code: 'content' | 'final') => sinkError(code, { message: `${code} ${count}` })
    const steps = [
      refuse(8, 'content'),
      refuse(4, 'content'),
      refuse(2, 'content'),
      'ok',
      refuse(1, 'content'),
    ] as const
    const rest = ['ok', refuse(4, 'content'), 'ok', refuse(2, 'final')] as const
    const { producer, clock, sink } = startProducer({ lingerMs: 0 }, [...steps, ...rest])
    const sent = observe(producer.send({ logs }))
    await clock.advance(10)
    expect(sentLogs(sink.seen).map((part) => part.length)).toEqual([8, 4, 2, 1, 1, 2, 4, 2, 2])
    expect((sent.error as SendError).storedLogs).toEqual([
      { firstIndex: 0, logCount: 1 },
      { firstIndex: 2, logCount: 4 },
    ])
    expect(sent.error?.message).toContain('5 of the 8 logs are stored')
  })

  test('fails with the error of the first part that failed, whichever failed earlier', async () => {
    const { producer, clock, sink } = startProducer({ lanes: 4, lingerMs: 0 }, [
      'hang',
      sinkError('final', { serverCode: 'Second' }),
    ])
    const sent = observe(producer.send({ logs: large }))
    await clock.advance(10)
    sink.seen[0]?.answer.reject(sinkError('final', { serverCode: 'First' }))
    await settled()
    expect(sent.error).toMatchObject({ serverCode: 'First' })
    expect((sent.error as SendError).result.parts?.length).toBe(2)
  })

  test('counts every log once, in both directions', async () => {
    const { producer, clock } = startProducer({ lingerMs: 0 }, ['ok', sinkError('final')])
    void producer.send({ logs: large })
    expect(producer.metrics().logs).toMatchObject({ accepted: 10, inMemory: 10 })
    await clock.advance(10)
    expect(producer.metrics().logs).toMatchObject({ accepted: 10, delivered: 7, failed: 3, inMemory: 0 })
  })

  test('can wait for memory as a whole', async () => {
    const { producer, clock, sink } = startProducer({ totalSizeInBytes: 12 * 1024 * 1024, lingerMs: 0 }, ['hang'])
    producer.trySend({ logs: logOfSize(4_000_000, 'first') })
    await clock.advance(0)
    const sent = observe(producer.send({ logs: large }))
    await clock.advance(10)
    expect(sink.seen.length).toBe(1)
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await clock.advance(10)
    expect([sent.state, sentLogs(sink.seen).slice(1).flat().length]).toEqual(['resolved', 10])
  })
})
