import { describe, expect, test } from 'vitest'
import type { SendRequest } from '../../../src/producer/accept/send-request.ts'
import type { Producer } from '../../../src/producer/producer.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import type { Log } from '../../../src/sls/wire/log.ts'
import { settled } from '../../support/manual-clock.ts'
import { log, logOfSize, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

/** Sends what a caller without types may pass. */
const sendAnything = (producer: Producer, request: unknown) => observe(producer.send(request as SendRequest))

describe('bad input', () => {
  const poison = { contents: { '': 'empty key' } }
  const logs = (value: unknown) => ({ logs: value })
  const cases: [name: string, request: unknown, code: string, says: RegExp][] = [
    ['no request', undefined, 'ERR_LOGHUB_INVALID_LOG', /./],
    ['null', null, 'ERR_LOGHUB_INVALID_LOG', /./],
    ['no logs', {}, 'ERR_LOGHUB_INVALID_LOG', /a log or a list of logs, got undefined/],
    ['null for logs', logs(null), 'ERR_LOGHUB_INVALID_LOG', /got null/],
    ['a text for logs', logs('text'), 'ERR_LOGHUB_INVALID_LOG', /a log or a list of logs/],
    ['an empty list', logs([]), 'ERR_LOGHUB_INVALID_LOG', /at least one log/],
    ['a list with a hole', logs([log(1), undefined]), 'ERR_LOGHUB_INVALID_LOG', /logs\[1\]/],
    ['an empty key', logs(poison), 'ERR_LOGHUB_INVALID_LOG', /empty key/],
    ['an empty key in a list', logs([log(1), log(2), poison]), 'ERR_LOGHUB_INVALID_LOG', /logs\[2\]/],
    ['a wrong time', logs({ contents: { a: 1 }, time: 'now' }), 'ERR_LOGHUB_INVALID_LOG', /time/],
    ['an unknown project', { project: 'other', logs: log(1) }, 'ERR_LOGHUB_PROJECT_UNKNOWN', /'other'.*putProject/],
    ['an empty project', { project: '', logs: log(1) }, 'ERR_LOGHUB_PROJECT_UNKNOWN', /no project/],
    ['an empty logstore', { logstore: '', logs: log(1) }, 'ERR_LOGHUB_INVALID_LOG', /no logstore/],
    ['a logstore with a slash', { logstore: 'a/b', logs: log(1) }, 'ERR_LOGHUB_INVALID_LOG', /logstore must be/],
    ['a number for a logstore', { logstore: 5, logs: log(1) }, 'ERR_LOGHUB_INVALID_LOG', /logstore must be/],
    ['a number for a topic', { topic: 5, logs: log(1) }, 'ERR_LOGHUB_INVALID_LOG', /topic must be a string/],
    ['an object for a source', { source: {}, logs: log(1) }, 'ERR_LOGHUB_INVALID_LOG', /source must be a string/],
    [
      'a number for a shard hash',
      { shardHash: 5, logs: log(1) },
      'ERR_LOGHUB_INVALID_LOG',
      /shardHash must be a string/,
    ],
    ['a misspelt overflow', { overflow: 'rejct', logs: log(1) }, 'ERR_LOGHUB_OPTION', /overflow.*'block' or 'reject'/],
    [
      'a maxBlockMs that is no number',
      { maxBlockMs: Number.NaN, logs: log(1) },
      'ERR_LOGHUB_OPTION',
      /maxBlockMs.*got NaN/,
    ],
    ['a maxBlockMs below -1', { maxBlockMs: -2, logs: log(1) }, 'ERR_LOGHUB_OPTION', /maxBlockMs.*got -2/],
  ]

  test.each(cases)('%s is refused with a coded error, and nothing is reserved', async (_, request, code, says) => {
    const { producer, clock } = startProducer()
    const send = sendAnything(producer, request)
    await settled()
    expect(send).toMatchObject({ state: 'rejected', error: { code } })
    expect(send.error?.message).toMatch(says)
    const { logs, memory } = producer.metrics()
    expect([logs.accepted, logs.refused >= 1, memory.usedBytes, clock.timerCount]).toEqual([0, true, 0, 0])
  })

  test.each(cases)('%s reaches a callback, once and not inside the call', async (_, request, code) => {
    const { producer } = startProducer()
    const codes: unknown[] = []
    producer.send(request as SendRequest, (error) => {
      codes.push(error?.code)
    })
    expect(codes).toEqual([])
    await settled()
    expect(codes).toEqual([code])
  })

  test('a getter or toJSON that throws, anything, rejects the send and harms nobody', async () => {
    const { producer, clock, sink } = startProducer()
    const throwing = (thrown: unknown) => ({
      get field(): string {
        throw thrown
      },
    })
    const notJson = {
      toJSON: () => {
        throw 'text'
      },
    }
    const bad = [throwing(new Error('no')), throwing(Object.create(null)), { field: notJson }]
    const sends = bad.map((contents) => sendAnything(producer, { logs: { contents } }))
    const good = observe(producer.send({ logs: log('good') }))
    await clock.advance(2000)
    for (const { error } of sends) expect(error?.code).toBe('ERR_LOGHUB_INVALID_LOG')
    expect([good.state, sentLogs(sink.seen)]).toEqual(['resolved', [['good']]])
  })

  test('a request whose own fields throw when they are read rejects as well: nothing throws from send', async () => {
    const { producer } = startProducer()
    const { proxy, revoke } = Proxy.revocable([], {})
    revoke()
    const throwing = (field: string) =>
      Object.defineProperty({ logs: log(1) }, field, {
        get: () => {
          throw new Error(`${field} cannot be read`)
        },
      })
    const requests = ['logs', 'project', 'topic', 'overflow', 'maxBlockMs', 'signal'].map(throwing)
    const sends = [...requests, { logs: proxy }].map((request) => sendAnything(producer, request))
    for (const request of requests) expect(producer.trySend(request as SendRequest)).toBe(true)
    await settled()
    for (const { state, error } of sends.filter((_, index) => index !== 5)) {
      expect([state, error?.code]).toEqual(['rejected', 'ERR_LOGHUB_INVALID_LOG'])
    }
  })

  test('a list of more than 40,960 logs is refused, naming both numbers; 40,960 are taken', async () => {
    const { producer } = startProducer()
    const many = Array.from({ length: 40_961 }, () => ({ contents: { a: 1 } }))
    await expect(producer.send({ logs: many })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_TOO_MANY_LOGS',
      message: expect.stringMatching(/40960.*40961/),
    })
    expect(producer.metrics().logs).toMatchObject({ refused: 40_961, accepted: 0 })
    producer.trySend({ logs: many.slice(1) })
    expect(producer.metrics().logs.accepted).toBe(40_960)
  })

  test('a log over 8 MiB is refused; one of 8 MiB travels', async () => {
    const { producer, clock, sink } = startProducer()
    const mebibytes = 8 * 1024 * 1024
    await expect(producer.send({ logs: logOfSize(mebibytes + 100) })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_LOG_TOO_LARGE',
    })
    void producer.send({ logs: logOfSize(mebibytes - 100) })
    await clock.advance(2000)
    expect(sink.seen.length).toBe(1)
  })

  test('what could never fit the budget is refused at once instead of waiting', async () => {
    const { producer } = startProducer({ totalSizeInBytes: 1000, maxBlockMs: -1 })
    await expect(producer.send({ logs: logOfSize(2000) })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_LOG_TOO_LARGE',
      message: expect.stringMatching(/totalSizeInBytes \(1000\)/),
    })
  })

  test('one bad log in a list refuses the list and none of its neighbours', async () => {
    const { producer, clock, sink } = startProducer()
    const before = observe(producer.send({ logs: log('before') }))
    const bad = observe(producer.send({ logs: [log('unsent'), poison] }))
    const after = observe(producer.send({ logs: log('after') }))
    await clock.advance(2000)
    expect([before.state, bad.state, after.state]).toEqual(['resolved', 'rejected', 'resolved'])
    expect(sentLogs(sink.seen)).toEqual([['before', 'after']])
  })

  test('the refused event tells of it, with the number of logs', async () => {
    const { producer } = startProducer()
    const refused: unknown[] = []
    producer.on('refused', ({ logCount, error }) => refused.push([logCount, error.code]))
    producer.trySend({ logs: [log(1), poison, log(2)] })
    await settled()
    expect(refused).toEqual([[3, 'ERR_LOGHUB_INVALID_LOG']])
    expect(producer.metrics().logs.refusedByCode).toEqual({ ERR_LOGHUB_INVALID_LOG: 3 })
  })
})

describe('an accepted log', () => {
  test('was encoded inside send: changing the object afterwards changes nothing', async () => {
    const { producer, clock, sink } = startProducer()
    const contents: Record<string, unknown> = { n: '1', nested: { deep: 1 } }
    const logs: Log[] = [{ contents: contents as Log['contents'] }]
    void producer.send({ logs })
    contents.n = 'changed'
    ;(contents.nested as { deep: number }).deep = 2
    logs.push(log('added later'))
    await clock.advance(2000)
    expect(sentLogs(sink.seen)).toEqual([['1']])
    expect(sink.seen[0]?.bytes.toString('latin1')).toContain('{"deep":1}')
  })

  test('may send another from inside a getter: both arrive whole', async () => {
    const { producer, clock, sink } = startProducer()
    const outer = {
      n: 'outer',
      get more(): string {
        producer.trySend({ logs: log('inner', { padding: 'p'.repeat(300) }) })
        return 'm'.repeat(200)
      },
    }
    producer.trySend({ logs: { contents: outer } })
    await clock.advance(2000)
    const { logs } = decodeLogGroup(sink.seen[0]?.bytes ?? Buffer.alloc(0))
    expect(logs.map(({ contents }) => contents)).toEqual([
      [
        ['n', 'inner'],
        ['padding', 'p'.repeat(300)],
      ],
      [
        ['n', 'outer'],
        ['more', 'm'.repeat(200)],
      ],
    ])
  })

  test('has the time of the call where it names none', async () => {
    const { producer, clock, sink } = startProducer()
    const calledAt = clock.now()
    producer.trySend({ logs: log(1) })
    producer.trySend({ logs: { ...log(2), time: new Date('2020-02-02T02:02:02Z'), nanoseconds: 5 } })
    await clock.advance(2000)
    const { logs } = decodeLogGroup(sink.seen[0]?.bytes ?? Buffer.alloc(0))
    expect(logs.map(({ time, nanoseconds }) => [time, nanoseconds])).toEqual([
      [calledAt / 1000, undefined],
      [Date.parse('2020-02-02T02:02:02Z') / 1000, 5],
    ])
  })

  test('is charged its encoded bytes and what its send holds, UTF-8 and not UTF-16', async () => {
    const { producer } = startProducer()
    producer.trySend({ logs: { contents: { k: '日志'.repeat(1000) } } })
    const { usedBytes } = producer.metrics().memory
    expect(usedBytes).toBeGreaterThan(6000)
    expect(usedBytes).toBeLessThan(6100)
    void producer.send({ logs: log(1) })
    expect(producer.metrics().memory.usedBytes).toBeGreaterThan(usedBytes + 200)
  })
})
