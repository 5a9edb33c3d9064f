import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import type { PendingSend } from '../../../src/producer/sends/pending-send.ts'
import type { Attempt } from '../../../src/producer/sends/send-result.ts'
import type { Compression } from '../../../src/sls/sink.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

const key = { project: 'p', logstore: 'l', topic: 't', source: 's', shardHash: undefined }
const fields = Buffer.from('topic, source and tags')
const newBatch = () => new ProducerBatch(key, 1000, 181_000)
const sendHolding = (heldBytes: number): PendingSend => ({ logCount: 1, heldBytes, settle: () => undefined })

function append(batch: ProducerBatch, text: string, usualBytes = 4096, send?: PendingSend): Buffer {
  const encoder = new LogEncoder()
  encoder.encode({ text }, 0)
  const bytes = Buffer.alloc(encoder.sizeInBytes)
  encoder.writeTo(bytes, 0)
  batch.append(encoder, { firstLog: 0, lastLogExclusive: 1, sizeInBytes: bytes.length }, send, usualBytes)
  return bytes
}

const compressed = (bytes: number, compression: Compression = 'lz4') => ({
  bytes: Buffer.alloc(bytes),
  rawSizeInBytes: 0,
  compression,
})

describe('the bytes of a batch', () => {
  test('are its logs, in the order of append, and then the fields of the group', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(3000), { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 9000 }),
        (sizes, usual) => {
          const batch = newBatch()
          const logs = sizes.map((size) => append(batch, 'x'.repeat(size), usual))
          const size = logs.reduce((sum, log) => sum + log.length, 0)
          expect([batch.logCount, batch.sizeInBytes, batch.chargedBytes]).toEqual([sizes.length, size, size])
          batch.seal('size', 'ID-0', fields)
          expect(batch.raw.equals(Buffer.concat([...logs, fields]))).toBe(true)
          expect(batch.rawSizeInBytes).toBe(size + fields.length)
        },
      ),
    )
  })

  test('of one small log need little memory, whatever batches usually grow to', () => {
    const batch = newBatch()
    append(batch, 'small', 8 * 1024 * 1024)
    expect(batch.raw.buffer.byteLength).toBeLessThanOrEqual(1024)
  })

  test('need little more than the usual size when batches end there', () => {
    const batch = newBatch()
    const usualBytes = 100_000
    while (batch.sizeInBytes < usualBytes) append(batch, 'x'.repeat(500), usualBytes)
    expect(batch.raw.buffer.byteLength).toBeLessThanOrEqual(usualBytes + 16 * 1024)
  })

  test('part of a list are those logs alone', () => {
    const encoder = new LogEncoder()
    encoder.encodeAll([{ contents: { n: 'zero' } }, { contents: { n: 'one' } }, { contents: { n: 'two' } }], 0)
    const all = Buffer.alloc(encoder.sizeInBytes)
    encoder.writeTo(all, 0)
    const start = encoder.endOf(0)
    const end = encoder.endOf(1)
    const batch = newBatch()
    batch.append(encoder, { firstLog: 1, lastLogExclusive: 2, sizeInBytes: end - start }, undefined, 4096)
    batch.seal('size', 'ID-0', Buffer.alloc(0))
    expect(batch.raw.equals(all.subarray(start, end))).toBe(true)
    expect(batch.logCount).toBe(1)
  })

  test('a sealed batch takes no more logs and is not sealed again', () => {
    const batch = newBatch()
    append(batch, 'first')
    batch.seal('linger', 'ID-0', fields)
    expect(() => append(batch, 'late')).toThrow('please report')
    expect(() => batch.seal('close', 'ID-1', fields)).toThrow('please report')
    expect([batch.sealReason, batch.packId]).toEqual(['linger', 'ID-0'])
  })
})

describe('the memory that a batch is charged for', () => {
  test('counts what its waiting sends hold', () => {
    const batch = newBatch()
    const size = append(batch, 'one', 4096, sendHolding(256)).length
    expect([batch.chargedBytes, batch.sends.length]).toEqual([size + 256, 1])
  })

  test('shrinks by what compression saves, and never grows', () => {
    const batch = newBatch()
    const size = append(batch, 'x'.repeat(1000), 4096, sendHolding(100)).length
    batch.seal('size', 'ID-0', fields)
    expect(batch.keepCompressed(compressed(300))).toBe(300 - size)
    expect(batch.chargedBytes).toBe(300 + 100)
    expect(batch.raw.length).toBe(0)

    const grown = newBatch()
    append(grown, 'short')
    grown.seal('size', 'ID-0', fields)
    const charged = grown.chargedBytes
    expect(grown.keepCompressed(compressed(10_000))).toBe(0)
    expect(grown.chargedBytes).toBe(charged)
  })

  test('stays while the bytes go out as they are', () => {
    const batch = newBatch()
    const size = append(batch, 'incompressible').length
    batch.seal('size', 'ID-0', fields)
    expect(batch.keepCompressed({ bytes: batch.raw, rawSizeInBytes: batch.rawSizeInBytes, compression: 'none' })).toBe(
      0,
    )
    expect(batch.chargedBytes).toBe(size)
  })

  test('ends with the body: a result kept for long holds no logs', () => {
    const batch = newBatch()
    append(batch, 'x'.repeat(5000))
    batch.seal('size', 'ID-0', fields)
    batch.keepCompressed(compressed(100))
    batch.releaseBody()
    expect([batch.raw.length, batch.payload]).toEqual([0, undefined])
  })
})

describe('the verdict', () => {
  test.each(['delivered', 'failed'] as const)(
    '%s stands once it is given: whatever comes later is refused',
    (outcome) => {
      const batch = newBatch()
      expect([batch.hasEnded, batch.outcome]).toEqual([false, undefined])
      expect(batch.end(outcome)).toBe(true)
      expect([batch.end('delivered'), batch.end('failed'), batch.end(outcome)]).toEqual([false, false, false])
      expect([batch.hasEnded, batch.outcome]).toEqual([true, outcome])
    },
  )
})

describe('the attempts', () => {
  const attempt = (n: number): Attempt => ({
    ...{
      successful: false,
      startedAt: n,
      durationMs: 1,
      requestId: `r${n}`,
      errorCode: 'ServerBusy',
      errorMessage: '',
    },
  })

  test('kept are the newest, oldest first, while all are counted', () => {
    const batch = newBatch()
    for (let n = 1; n <= 5; n++) batch.recordAttempt(attempt(n), 3)
    expect(batch.attempts.map(({ requestId }) => requestId)).toEqual(['r3', 'r4', 'r5'])
    expect(batch.attemptCount).toBe(5)
  })

  test('a lower limit, set while it runs, is kept as well', () => {
    const batch = newBatch()
    for (let n = 1; n <= 5; n++) batch.recordAttempt(attempt(n), 5)
    batch.recordAttempt(attempt(6), 2)
    expect(batch.attempts.map(({ requestId }) => requestId)).toEqual(['r5', 'r6'])
  })
})
