import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { describe, expect, test } from 'vitest'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe, sentLogs, startProducer } from '../../support/test-producer.ts'

function* numbered(count: number, padding = '') {
  for (let n = 0; n < count; n++) yield { n: String(n), padding }
}

/** Lets time pass until a pipeline has ended, one way or the other. */
async function runOut(clock: { advance(ms: number): Promise<void> }, ended: { state: string }) {
  for (let turn = 0; turn < 200 && ended.state === 'pending'; turn++) await clock.advance(100)
}

describe('a stream', () => {
  test('takes contents and logs, in order, and ends when all are delivered', async () => {
    const { producer, clock, sink } = startProducer()
    const chunks = [{ n: '1' }, { ...log(2), time: 5000 }, [['n', '3']], { n: '4', contents: 'a field' }]
    const ended = observe(pipeline(Readable.from(chunks), producer.stream({ topic: 'api' })))
    await clock.advance(1999)
    expect(ended.state).toBe('pending')
    await clock.advance(1)
    expect(ended.state).toBe('resolved')
    expect(sentLogs(sink.seen)).toEqual([['1', '2', '3', '4']])
  })

  test('takes lines of JSON, as loggers write them, with their time in epoch milliseconds', async () => {
    const { producer, clock, sink } = startProducer()
    const lines = ['{"level":30,"time":1700000000123,"n":"1"}\n', '{"time":"later","n":"2"}']
    const ended = observe(pipeline(Readable.from(lines), producer.stream()))
    await clock.advance(2000)
    expect(ended.state).toBe('resolved')
    const logs = sink.seen.flatMap(({ bytes }) => decodeLogGroup(bytes).logs)
    expect(logs.map(({ time, contents }) => [time, Object.fromEntries(contents)])).toEqual([
      [1_700_000_000, { level: '30', n: '1' }],
      [expect.any(Number), { time: 'later', n: '2' }],
    ])
  })

  test('is destroyed by text that is no object of JSON', async () => {
    const { producer } = startProducer()
    const ended = pipeline(Readable.from(['plain text']), producer.stream())
    await expect(ended).rejects.toMatchObject({ code: 'ERR_LOGHUB_INVALID_LOG' })
  })

  test('of nothing ends at once', async () => {
    const { producer } = startProducer()
    await pipeline(Readable.from([]), producer.stream())
  })

  test('takes no more than memory holds: the source is read as fast as logs are delivered', async () => {
    const config = { totalSizeInBytes: 10_000, batchSizeThresholdInBytes: 2000, lingerMs: 10 }
    const { producer, clock, sink } = startProducer(config)
    sink.otherwise = 'hang'
    let produced = 0
    const source = Readable.from(
      (function* () {
        for (const contents of numbered(200, 'x'.repeat(400))) {
          produced++
          yield contents
        }
      })(),
    )
    const ended = observe(pipeline(source, producer.stream()))
    await clock.advance(1000)
    expect(produced).toBeLessThan(80)
    expect(producer.metrics().memory.usedBytes).toBeLessThanOrEqual(10_000)
    const stuck = produced
    await clock.advance(1000)
    expect(produced).toBe(stuck)
    sink.otherwise = 'ok'
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'at last' })
    await runOut(clock, ended)
    expect(ended.state).toBe('resolved')
    expect(sentLogs(sink.seen).flat()).toEqual(Array.from({ length: 200 }, (_, n) => String(n)))
    expect(producer.metrics().memory.highWaterBytes).toBeLessThanOrEqual(10_000)
  })

  test('is destroyed by the first log that fails, so that the pipeline rejects', async () => {
    const { producer, clock, sink } = startProducer()
    sink.otherwise = sinkError('final', { message: 'refused' })
    const ended = observe(pipeline(Readable.from(numbered(3)), producer.stream()))
    await runOut(clock, ended)
    expect(ended).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_SEND' } })
  })

  test('is destroyed by bad input', async () => {
    const { producer, clock } = startProducer()
    const ended = observe(pipeline(Readable.from([{ n: '1' }, { '': 'no key' }]), producer.stream()))
    await runOut(clock, ended)
    expect(ended).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_INVALID_LOG' } })
  })

  test('is destroyed by a chunk that cannot be read, and throws nothing from write', async () => {
    const { producer } = startProducer()
    const stream = producer.stream()
    const failed = new Promise<Error>((resolve) => stream.on('error', resolve))
    const unreadable = {
      get contents(): string {
        throw new Error('unreadable')
      },
    }
    stream.write(unreadable)
    expect(await failed).toMatchObject({
      code: 'ERR_LOGHUB_INVALID_LOG',
      message: expect.stringContaining('unreadable'),
    })
  })

  test('with onError goes on, and tells of each log that was not delivered', async () => {
    const { producer, clock, sink } = startProducer()
    const errors: string[] = []
    const onError = (error: { code: string }) => errors.push(error.code)
    const chunks = [{ n: '1' }, { '': 'no key' }, { n: '2' }, 'text']
    const ended = observe(pipeline(Readable.from(chunks), producer.stream({}, { onError })))
    await runOut(clock, ended)
    expect([ended.state, errors]).toEqual(['resolved', ['ERR_LOGHUB_INVALID_LOG', 'ERR_LOGHUB_INVALID_LOG']])
    expect(sentLogs(sink.seen)).toEqual([['1', '2']])
  })

  test.each([
    [
      'throws',
      () => {
        throw new Error('broken handler')
      },
    ],
    ['rejects', () => Promise.reject(new Error('broken handler'))],
  ])('ends all the same when onError %s, which is counted', async (_, onError) => {
    const { producer, clock } = startProducer()
    const ended = observe(pipeline(Readable.from([{ '': 'no key' }]), producer.stream({}, { onError })))
    await runOut(clock, ended)
    expect([ended.state, producer.metrics().callbackErrors]).toEqual(['resolved', 1])
  })

  test('is destroyed by its signal; what was accepted is delivered', async () => {
    const { producer, clock, sink } = startProducer()
    const controller = new AbortController()
    const stream = producer.stream({}, { signal: controller.signal })
    const failed = new Promise<Error>((resolve) => stream.on('error', resolve))
    stream.write({ n: '1' })
    await settled()
    controller.abort()
    expect((await failed).name).toBe('AbortError')
    await clock.advance(2000)
    expect(sentLogs(sink.seen)).toEqual([['1']])
  })

  test('that waits for room ends with an error when the producer closes', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 1000, lingerMs: 0 }, ['hang'])
    const ended = observe(pipeline(Readable.from(numbered(10, 'x'.repeat(300))), producer.stream()))
    await clock.advance(100)
    void producer.close({ timeoutMs: 10 })
    await clock.advance(10)
    expect(ended).toMatchObject({ state: 'rejected', error: { code: 'ERR_LOGHUB_CLOSED' } })
  })

  test('is refused at once for a wrong destination', () => {
    const { producer } = startProducer()
    expect(() => producer.stream({ logstore: '' })).toThrow('no logstore')
  })

  test('two of them share the memory, and both end', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 5000, batchSizeThresholdInBytes: 1000, lingerMs: 10 })
    const ended = observe(
      Promise.all(
        ['a', 'b'].map((topic) => pipeline(Readable.from(numbered(50, 'x'.repeat(200))), producer.stream({ topic }))),
      ),
    )
    await runOut(clock, ended)
    expect([ended.state, producer.metrics().logs.delivered]).toEqual(['resolved', 100])
  })
})
