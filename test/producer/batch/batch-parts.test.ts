import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BatchParts } from '../../../src/producer/batch/batch-parts.ts'
import { SendCursor } from '../../../src/producer/batch/send-cursor.ts'
import { CallbackSend } from '../../../src/producer/sends/callback-send.ts'
import type { PendingSend } from '../../../src/producer/sends/pending-send.ts'
import { SilentList, SilentRun } from '../../../src/producer/sends/silent-send.ts'
import { decodeLogGroup } from '../../../src/sls/wire/decode-log-group.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'

const groupFields = encodeGroupFields({ topic: 't', source: 's', tags: [['__pack_id__', 'A-0']] })

function group(fillers: readonly number[]): Buffer {
  const encoder = new LogEncoder()
  encoder.encodeAll(
    fillers.map((length, id) => ({ contents: { id, filler: 'x'.repeat(length) } })),
    0,
  )
  const logs = Buffer.alloc(encoder.sizeInBytes)
  encoder.writeTo(logs, 0)
  return Buffer.concat([logs, groupFields])
}

const partsOf = (fillers: readonly number[]) =>
  new BatchParts(group(fillers), fillers.length, [new SilentRun(fillers.length)], 'A-0')

const frontIds = (parts: BatchParts) => decodeLogGroup(parts.front).logs.map(({ contents }) => Number(contents[0]?.[1]))

test('however it is cut, the parts are the logs in order, each with the fields of the group', () => {
  const cuts = fc.array(fc.constantFrom('content' as const, 'too-large' as const, undefined), { maxLength: 100 })
  fc.assert(
    fc.property(fc.array(fc.nat(200), { minLength: 1, maxLength: 50 }), cuts, (fillers, steps) => {
      const parts = partsOf(fillers)
      const seen: number[] = []
      let packId = 'A-0'
      const take = () => {
        expect(parts.front.length).toBe(parts.frontSizeInBytes)
        const tags = [['__pack_id__', packId]]
        expect(decodeLogGroup(parts.front)).toMatchObject({ topic: 't', source: 's', tags })
        seen.push(...frontIds(parts))
      }
      for (const step of steps) {
        if (step !== undefined && parts.frontLogCount > 1) parts.split(step)
        else if (!parts.isLast) {
          take()
          // Longer with every part, as a counter may be.
          packId += '0'
          parts.take(packId)
        }
      }
      while (!parts.isLast) {
        take()
        packId += '0'
        parts.take(packId)
      }
      take()
      expect(seen).toEqual([...fillers.keys()])
    }),
  )
})

test.each([
  [[1000, 10, 10], 1],
  [[10, 10, 1000], 2],
  [[10, 10, 10, 10], 2],
  [[1, 5000], 1],
])('logs of %j bytes, too large together, are cut behind the first %i', (fillers, left) => {
  const parts = partsOf(fillers)
  parts.split('too-large')
  expect(parts.frontLogCount).toBe(left)
})

test('a group that does not hold the logs is refused', () => {
  expect(() => new BatchParts(group([1, 2]), 3, [], 'A-0')).toThrow('does not begin with 3 logs')
})

function fail(error: Error): never {
  throw error
}

function recording(logCount: number, verdicts: string[], name: string): PendingSend {
  return new CallbackSend(logCount, () => verdicts.push(name))
}

test('a send is whole in one piece, or settles once with the last of its pieces', () => {
  const verdicts: string[] = []
  const cursor = new SendCursor([recording(1, verdicts, 'one'), recording(5, verdicts, 'five')])
  const pieces = [...cursor.take(2), ...cursor.take(3), ...cursor.take(1)]
  expect(pieces.map(({ logCount }) => logCount)).toEqual([1, 1, 3, 1])
  for (const piece of pieces.slice(0, 3)) piece.settle(null, undefined, fail)
  expect(verdicts).toEqual(['one'])
  pieces[3]?.settle(null, undefined, fail)
  expect(verdicts).toEqual(['one', 'five'])
})

test('the pieces of a send hold together what the send holds', () => {
  const send = recording(5, [], '')
  const cursor = new SendCursor([send])
  const pieces = [...cursor.take(2), ...cursor.take(1), ...cursor.take(2)]
  expect(pieces.reduce((sum, { heldBytes }) => sum + heldBytes, 0)).toBe(send.heldBytes)
})

test('the index of a log is that in the list of its caller; the logs of a run have index 0 each', () => {
  const cursor = new SendCursor([new SilentRun(2), new SilentList(2, 0), new SilentList(2, 7), recording(1, [], '')])
  const indexes = Array.from({ length: 7 }, () => {
    const index = cursor.nextIndex
    cursor.take(1)
    return index
  })
  expect(indexes).toEqual([0, 0, 0, 1, 7, 8, 0])
})
