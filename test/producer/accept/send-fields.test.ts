import { describe, expect, test } from 'vitest'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import type { Contents } from '../../../src/sls/wire/log.ts'
import { settled } from '../../support/manual-clock.ts'
import { log, startProducer } from '../../support/test-producer.ts'

const anything = (value: unknown) => value as never
const contents = { a: 1 }

describe('a send that says what nobody reads is refused, and told what to write', () => {
  const cases: [name: string, request: unknown, says: RegExp][] = [
    ['nothing', undefined, /got nothing: write send\(\{ logs: \{ contents:/],
    ['a text', 'text', /got a string: write send/],
    ['a list', [{ contents }], /write send\(\{ logs: \[\.\.\.\] \}\)/],
    ['contents alone', { contents }, /no field 'contents': write send\(\{ logs: \{ contents/],
    ['a field of a log', { message: 'x' }, /'message': what a log tells goes into its contents/],
    ['a misspelt topic', { logs: log(1), Topic: 'a' }, /'Topic': did you mean topic\?/],
    ['a misspelt shard hash', { logs: log(1), shardhash: 'a' }, /'shardhash': did you mean shardHash\?/],
    ['a time beside the logs', { logs: log(1), time: 5 }, /'time': each log has its own/],
    ['a timestamp in a log', { logs: { contents, timestamp: 5 } }, /"timestamp": did you mean time\?/],
    [
      'a misspelt time in a list',
      { logs: [log(1), { contents, Time: 5 }] },
      /logs\[1\]: A log has no field "Time": did you mean time\?/,
    ],
    ['a topic in a log', { logs: { contents, topic: 'a' } }, /"topic": it belongs into the send/],
    [
      'a log without contents',
      { logs: { level: 'info' } },
      /"level": what a log tells goes into its contents, \{ contents: \{ level: … \} \}/,
    ],
    ['a field beside contents', { logs: { contents, message: 'x' } }, /"message": what a log tells/],
    ['a callback that is none', { logs: log(1) }, /callback of a send must be a function, got a string/],
  ]
  test.each(cases)('%s', async (name, request, says) => {
    const { producer } = startProducer()
    const callback = name.startsWith('a callback') ? 'callback' : undefined
    const refused = expect.objectContaining({ code: 'ERR_LOGHUB_INVALID_LOG', message: expect.stringMatching(says) })
    await expect(producer.send(anything(request), anything(callback))).rejects.toEqual(refused)
    expect(producer.metrics().logs.accepted).toBe(0)
  })

  test('fields that are undefined, or not its own, are nobody’s mistake', async () => {
    const { producer } = startProducer()
    const request = Object.assign(Object.create({ inherited: 1 }), { logs: log(1), other: undefined })
    expect(producer.trySend(request)).toBe(true)
    expect(producer.metrics().logs.accepted).toBe(1)
  })

  test('null for a callback is none', async () => {
    const { producer, clock } = startProducer()
    const sent = producer.send({ logs: log(1) }, anything(null)) as unknown as Promise<unknown>
    await clock.advance(2000)
    await expect(sent).resolves.toMatchObject({ successful: true })
  })
})

test('a destination and the options of a writer are held to their names', async () => {
  const { producer } = startProducer()
  const misspelt = { logStore: 'x' } as object
  const says = expect.objectContaining({
    code: 'ERR_LOGHUB_INVALID_LOG',
    message: expect.stringContaining('did you mean logstore?'),
  })
  expect(() => producer.writer(misspelt)).toThrow(says)
  expect(() => producer.stream(misspelt)).toThrow(says)
  await expect(producer.sendAll([], misspelt)).rejects.toEqual(says)
  expect(() => producer.writer(anything(null))).toThrow(expect.objectContaining({ code: 'ERR_LOGHUB_INVALID_LOG' }))
  const writer = producer.writer()
  await expect(writer.send({ a: 1 }, { tme: 5 } as object)).rejects.toThrow('did you mean time?')
  await expect(writer.send({ a: 1 }, anything('now'))).rejects.toThrow('must be an object, got a string')
})

describe('contents as a field of a row', () => {
  const row = { level: 'info', msg: 'a', contents: { nested: 1 } }
  const fields = [
    ['level', 'info'],
    ['msg', 'a'],
    ['contents', '{"nested":1}'],
  ]
  const sentBy = async (send: (producer: ReturnType<typeof startProducer>['producer']) => unknown) => {
    const { producer, clock, sink } = startProducer()
    send(producer)
    await settled()
    await clock.advance(2000)
    return sink.seen.flatMap(({ bytes }) => decodeLogGroup(bytes).logs)
  }

  test('is stored beside the others by a writer, a stream and sendAll', async () => {
    const logs = [
      await sentBy((producer) => producer.writer().send(row)),
      await sentBy((producer) => producer.stream().end(row)),
      await sentBy((producer) => producer.sendAll([row])),
    ]
    expect(logs.map(([one]) => one?.contents)).toEqual([fields, fields, fields])
  })

  test('with nothing beside it but the time of a log makes the row a log, for a stream and sendAll', async () => {
    const [one] = await sentBy((producer) => producer.sendAll([{ contents: { n: 1 }, time: 5000, nanoseconds: 7 }]))
    expect(one).toEqual({ time: 5, nanoseconds: 7, contents: [['n', '1']] })
  })
})

test('one row that cannot be read is refused with a code, and sendAll goes on', async () => {
  const { producer, clock } = startProducer()
  const unreadable = Object.defineProperty({}, 'contents', {
    enumerable: true,
    get: () => {
      throw new Error('no')
    },
  }) as Contents
  const codes: string[] = []
  const report = producer.sendAll([unreadable, { n: '1' }], {}, { onError: ({ code }) => codes.push(code) })
  await settled()
  await clock.advance(2000)
  expect(await report).toMatchObject({ sent: 2, delivered: 1, failed: 1 })
  expect(codes).toEqual(['ERR_LOGHUB_INVALID_LOG'])
})
