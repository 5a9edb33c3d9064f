import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ProducerError } from '../../../src/core/errors.ts'
import type { DeadLetter } from '../../../src/producer/settle/dead-letter.ts'
import { limits } from '../../../src/sls/limits.ts'
import { type DecodedLog, decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { LineLogs, type Lines } from '../../../src/sls/wire/line-logs.ts'
import { LogBuffer } from '../../../src/sls/wire/log-buffer.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { settled } from '../../support/manual-clock.ts'
import { PickySink } from '../../support/picky-sink.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, observe, startProducer } from '../../support/test-producer.ts'

const TIME_MS = 1_700_000_000_000

/** The texts as an input would have them: one behind the other, with line ends that belong to none. */
function linesOf(texts: readonly string[], key?: string): Lines {
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  let length = 0
  for (const [i, text] of texts.entries()) {
    starts[i] = length
    ends[i] = length + Buffer.byteLength(text)
    length = (ends[i] as number) + 1
  }
  return { buffer: Buffer.from(`${texts.join('\n')}\n`), starts, ends, count: texts.length, timeMs: TIME_MS, key }
}

interface Told {
  readonly code: string | undefined
  readonly first: number
  readonly count: number
}

function recorder() {
  const told: Told[] = []
  const onSettled = (error: ProducerError | null, _: unknown, first: number, count: number) => {
    told.push({ code: error?.code, first, count })
  }
  const sorted = () => told.sort((a, b) => a.first - b.first)
  return { onSettled, told, sorted }
}

const texts = (n: number) => Array.from({ length: n }, (_, i) => `line ${i}`)

test('the bytes of lines are those of the same logs sent one by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.constant('x'.repeat(20_000))), {
        minLength: 1,
        maxLength: 20,
      }),
      fc.constantFrom('content', 'k', '日志', 'key'.repeat(60)),
      (texts, key) => {
        const encoder = new LogEncoder()
        encoder.encodeAll(
          texts.map((text) => ({ contents: { [key]: text } })),
          TIME_MS,
        )
        const expected = Buffer.alloc(encoder.sizeInBytes)
        encoder.writeTo(expected, 0)
        const logs = new LineLogs(linesOf(texts, key))
        const size = texts.reduce((sum, _, line) => sum + logs.sizeOf(line), 0)
        logs.select(0, texts.length, size)
        const target = Buffer.alloc(size)
        logs.writeTo(target, 0)
        expect(target.equals(expected)).toBe(true)
        expect(logs.endOf(texts.length - 1)).toBe(size)
      },
    ),
  )
})

describe('appendLines', () => {
  test('copies before it returns, and tells once for each batch which lines are delivered', async () => {
    const { producer, sink, clock } = startProducer({ batchCountThreshold: 4 })
    const { onSettled, told, sorted } = recorder()
    const lines = linesOf(texts(10))
    expect(producer.writer({ topic: 't' }).appendLines(lines, onSettled)).toBe(10)
    lines.buffer.fill(0)
    expect([told.length, producer.metrics().logs.accepted]).toEqual([0, 10])
    await clock.advance(2000)
    expect(sorted()).toEqual([0, 4, 8].map((first) => ({ code: undefined, first, count: first === 8 ? 2 : 4 })))
    const logs = sink.seen.flatMap(({ request }) => decodeLogGroup(request.payload.bytes).logs)
    expect(logs.map(({ contents }) => contents)).toEqual(texts(10).map((text) => [['content', text]]))
    expect(new Set(logs.map(({ time }) => time))).toEqual(new Set([TIME_MS / 1000]))
  })

  test('fills batches by their size, and joins the logs that are open already', async () => {
    const { producer, sink } = startProducer({ batchSizeThresholdInBytes: 1000 })
    producer.trySend({ logs: log('first') })
    const { onSettled, told } = recorder()
    producer.writer().appendLines(linesOf(texts(100)), onSettled)
    await producer.close()
    for (const { request } of sink.seen.slice(0, -1))
      expect(request.payload.rawSizeInBytes).toBeGreaterThanOrEqual(1000)
    for (const { request } of sink.seen) expect(request.payload.rawSizeInBytes).toBeLessThan(1200)
    expect(decodeLogGroup(sink.seen[0]?.request.payload.bytes as Uint8Array).logs.length).toBeGreaterThan(2)
    expect(told.reduce((sum, { count }) => sum + count, 0)).toBe(100)
  })

  test('takes as many from the front as there is room for, and the rest once there is more', async () => {
    const { producer, sink, clock } = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0 })
    sink.otherwise = 'hang'
    const { onSettled, told } = recorder()
    const writer = producer.writer()
    const lines = linesOf(Array.from({ length: 50 }, () => 'x'.repeat(1000)))
    const taken = writer.appendLines(lines, onSettled)
    expect(taken).toBeGreaterThan(6)
    expect(taken).toBeLessThan(10)
    const ready = observe(producer.ready())
    await clock.advance(0)
    expect(ready.state).toBe('pending')
    sink.otherwise = 'ok'
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'done' })
    await settled()
    expect(ready.state).toBe('resolved')
    expect(told).toEqual([{ code: undefined, first: 0, count: taken }])
    expect(writer.appendLines(lines, onSettled)).toBeGreaterThan(0)
    expect(producer.metrics().memory.highWaterBytes).toBeLessThanOrEqual(10_000)
  })

  test('takes nothing while a send waits for memory in front', async () => {
    const { producer, clock } = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0 }, ['hang'])
    producer.trySend({ logs: logOfSize(9000) })
    await clock.advance(0)
    void producer.send({ logs: logOfSize(2000) })
    expect(producer.writer().appendLines(linesOf(['small']), () => {})).toBe(0)
  })

  test('tells a line that is too large by its range, and takes the others', async () => {
    const { producer, sink } = startProducer()
    const { onSettled, told, sorted } = recorder()
    const large = 'x'.repeat(limits.requestInBytes)
    expect(producer.writer().appendLines(linesOf(['a', large, 'b']), onSettled)).toBe(3)
    expect(told).toEqual([])
    await producer.close()
    expect(sorted()).toEqual([
      { code: undefined, first: 0, count: 1 },
      { code: 'ERR_LOGHUB_LOG_TOO_LARGE', first: 1, count: 1 },
      { code: undefined, first: 2, count: 1 },
    ])
    expect(producer.metrics().logs).toMatchObject({ accepted: 2, delivered: 2, refused: 1 })
    expect(sink.seen.length).toBe(1)
  })

  test('tells one refused line of many by its number, delivers all others, and hands over its text', async () => {
    const letters: DeadLetter[] = []
    const isBad = (logs: readonly DecodedLog[]) => logs.some(({ contents }) => contents[0]?.[1] === 'bad')
    const sink = new PickySink(({ logs }) => (isBad(logs) ? sinkError('content') : undefined))
    const { producer } = startProducer({ sink, deadLetter: (letter) => letters.push(letter) })
    const { onSettled, told } = recorder()
    producer.writer().appendLines(linesOf([...texts(20), 'bad', ...texts(20)]), onSettled)
    await producer.close()
    const failed = told.filter(({ code }) => code !== undefined)
    expect(failed).toEqual([expect.objectContaining({ first: 20, count: 1 })])
    const lines = told.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i))
    expect(lines.sort((a, b) => a - b)).toEqual(Array.from({ length: 41 }, (_, i) => i))
    expect(letters).toMatchObject([{ index: 20, log: { contents: [['content', 'bad']] } }])
    expect(producer.metrics().logs).toMatchObject({ accepted: 41, delivered: 40, failed: 1 })
  })

  test('refuses all lines at once where waiting would not help', async () => {
    const { producer } = startProducer()
    const writer = producer.writer()
    await producer.close()
    const { onSettled, told } = recorder()
    expect(writer.appendLines(linesOf(texts(3)), onSettled)).toBe(3)
    await settled()
    expect(told).toEqual([{ code: 'ERR_LOGHUB_CLOSED', first: 0, count: 3 }])
  })

  test.each([
    ['a line behind the buffer', { ends: [99] }],
    ['a line that ends before it starts', { starts: [3], ends: [1] }],
    ['more lines than there are', { count: 2 }],
    ['a key without a letter', { key: '' }],
  ])('throws for %s, and takes nothing', (_, wrong) => {
    const { producer } = startProducer()
    const append = () => producer.writer().appendLines({ ...linesOf(['line']), ...wrong }, () => {})
    expect(append).toThrow(expect.objectContaining({ code: 'ERR_LOGHUB_INVALID_LOG' }))
    expect(producer.metrics().logs.accepted).toBe(0)
  })

  test('a callback that throws harms nobody', async () => {
    const { producer } = startProducer({ batchCountThreshold: 2 })
    let calls = 0
    producer.writer().appendLines(linesOf(texts(6)), () => {
      calls++
      throw new Error('mine')
    })
    await producer.close()
    expect([calls, producer.metrics().callbackErrors]).toEqual([3, 3])
  })
})

describe('appendLogs', () => {
  function bufferOf(texts: readonly string[]): LogBuffer {
    const logs = new LogBuffer()
    for (const text of texts) logs.add({ contents: { text } }, TIME_MS)
    return logs
  }

  test('takes as many from the front as there is room for, and the rest once there is more', async () => {
    const { producer, sink } = startProducer({ totalSizeInBytes: 10_000, lingerMs: 0 })
    sink.otherwise = 'hang'
    const { onSettled, told } = recorder()
    const writer = producer.writer()
    const logs = bufferOf(Array.from({ length: 12 }, (_, i) => `${i} `.padEnd(1000, 'x')))
    const first = writer.appendLogs(logs, onSettled)
    expect(first).toBeGreaterThan(5)
    expect(first).toBeLessThan(10)
    logs.drop(first)
    sink.otherwise = 'ok'
    const ready = producer.ready()
    for (const { answer } of sink.seen) answer.resolve({ requestId: 'done' })
    await ready
    expect(writer.appendLogs(logs, onSettled)).toBe(12 - first)
    logs.clear()
    await producer.close()
    const logsSeen = sink.seen.flatMap(({ request }) => decodeLogGroup(request.payload.bytes).logs)
    expect(logsSeen.map(({ contents }) => Number.parseInt(contents[0]?.[1] as string, 10))).toEqual([
      ...Array(12).keys(),
    ])
    expect(told.map(({ first, count }) => [first, count])).toEqual([
      [0, first],
      [0, 12 - first],
    ])
  })

  test('tells one refused log of many by its number, delivers all others, and hands it over', async () => {
    const letters: DeadLetter[] = []
    const isBad = (logs: readonly DecodedLog[]) => logs.some(({ contents }) => contents[0]?.[1] === 'bad')
    const sink = new PickySink(({ logs }) => (isBad(logs) ? sinkError('content') : undefined))
    const { producer } = startProducer({ sink, deadLetter: (letter) => letters.push(letter) })
    const { onSettled, told } = recorder()
    producer.writer().appendLogs(bufferOf([...texts(20), 'bad', ...texts(20)]), onSettled)
    await producer.close()
    expect(told.filter(({ code }) => code !== undefined)).toEqual([expect.objectContaining({ first: 20, count: 1 })])
    expect(letters).toMatchObject([{ log: { contents: [['text', 'bad']] } }])
    expect(producer.metrics().logs).toMatchObject({ accepted: 41, delivered: 40, failed: 1 })
  })
})
