import { describe, expect, test } from 'vitest'
import { MemoryBudget } from '../../../src/producer/accept/memory-budget.ts'
import { BatchBody } from '../../../src/producer/batch/batch-body.ts'
import { BufferPool } from '../../../src/producer/batch/buffer-pool.ts'
import { ProducerBatch } from '../../../src/producer/batch/producer-batch.ts'
import { Reservation } from '../../../src/producer/batch/reservation.ts'
import type { Compression, Payload } from '../../../src/sls/sink.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { batchOf, openBatch } from '../../support/batches.ts'

function sealedBatch(logCount = 4) {
  const memory = new MemoryBudget(1e9)
  const pool = new BufferPool()
  const groupFields = encodeGroupFields({ topic: 't', source: 's', tags: [] })
  const open = openBatch({ memory, pool, groupFields })
  const encoder = new LogEncoder()
  encoder.encodeAll(
    Array.from({ length: logCount }, (_, n) => ({ contents: { n, filler: 'x'.repeat(1000) } })),
    0,
  )
  const { sizeInBytes } = encoder
  const send = { logCount, heldBytes: 96, settle: () => {} }
  open.append(encoder, { firstLog: 0, lastLogExclusive: logCount, sizeInBytes }, send, 0)
  const { batch, unused } = open.seal('size', 'ID-0')
  unused.release()
  return { batch, memory }
}

const compressed = (bytes: number, compression: Compression = 'lz4'): Payload => {
  return { bytes: Buffer.alloc(bytes), rawSizeInBytes: 0, compression }
}

describe('the memory of a sealed batch', () => {
  test('is that of its compressed form as soon as there is one', () => {
    const { batch, memory } = sealedBatch()
    batch.keepCompressed(compressed(300))
    expect(memory.usedBytes).toBe(300 + 96)
    expect(batch.raw.length).toBe(0)
  })

  test('stays that of its buffer while the bytes go out as they are', () => {
    const { batch, memory } = sealedBatch()
    const { usedBytes } = memory
    batch.keepCompressed({ bytes: batch.raw, rawSizeInBytes: batch.raw.length, compression: 'none' })
    expect(memory.usedBytes).toBe(usedBytes)
  })

  test('counts both forms of a batch that is told apart, and what it takes to do so', () => {
    const { batch, memory } = sealedBatch(4)
    const group = Buffer.from(batch.raw)
    batch.keepCompressed(compressed(300))
    batch.restore(group)
    expect(memory.usedBytes).toBe(group.length + 300 + 4 * 4 + 96)
    batch.split('content')
    expect(memory.usedBytes).toBe(group.length + 4 * 4 + 96)
    batch.keepCompressed(compressed(200))
    expect(memory.usedBytes).toBe(group.length + 200 + 4 * 4 + 96)
  })

  test('goes back once, by the parts that have their verdict', () => {
    const { batch, memory } = sealedBatch(4)
    batch.restore(Buffer.from(batch.raw))
    batch.split('content')
    const first = batch.takePart('delivered')
    const last = batch.takePart('delivered')
    expect([first.logCount, last.logCount, batch.hasEnded]).toEqual([2, 2, true])
    for (const { memory } of [first, last, first, last]) memory.release()
    expect(memory.usedBytes).toBe(0)
  })

  test('is let go while the bytes are elsewhere, and taken again when they come back', async () => {
    const { batch, memory } = sealedBatch()
    const { body } = batch.sealed
    batch.keepCompressed(compressed(300))
    body.moveElsewhere(async () => compressed(300))
    expect([memory.usedBytes, batch.payload, body.isElsewhere]).toEqual([96, undefined, true])
    await body.bringBack()
    expect([memory.usedBytes, batch.payload?.bytes.length]).toEqual([300 + 96, 300])
  })
})

test('a batch may come from elsewhere: without sends, without a deadline, and older than the process', async () => {
  const memory = new MemoryBudget(1000)
  const reservation = () => new Reservation(memory, 'project')
  const body = BatchBody.elsewhere(reservation(), async () => compressed(50))
  const { key } = batchOf()
  const sealed = {
    key,
    packId: 'ID-7',
    logCount: 3,
    rawSizeInBytes: 99,
    sealReason: undefined,
    openedAtMs: -5000,
    body,
  }
  const batch = new ProducerBatch(sealed, Number.POSITIVE_INFINITY, [], reservation())
  expect([memory.usedBytes, (await body.bringBack()).bytes.length, memory.usedBytes]).toEqual([0, 50, 50])
  const settled = batch.takePart('delivered')
  settled.memory.release()
  expect([settled.logCount, settled.sends, memory.usedBytes]).toEqual([3, [], 0])
})

describe('the verdict', () => {
  test.each(['delivered', 'failed'] as const)('%s stands once it is given, and a second one is a defect', (outcome) => {
    const batch = batchOf()
    expect([batch.hasEnded, batch.outcome]).toEqual([false, undefined])
    batch.takeRest(outcome)
    expect([batch.hasEnded, batch.outcome]).toEqual([true, outcome])
    expect(() => batch.takeRest('failed')).toThrow('please report')
  })

  test('lets go of the body: a result kept for long holds no logs', () => {
    const { batch } = sealedBatch()
    batch.keepCompressed(compressed(100))
    batch.takeRest('failed')
    expect([batch.raw.length, batch.payload]).toEqual([0, undefined])
  })

  test('settles the sends that wait, and counts their logs', () => {
    const { batch } = sealedBatch(5)
    const { sends, logCount } = batch.takeRest('delivered')
    expect([sends.length, logCount]).toEqual([1, 5])
  })
})
