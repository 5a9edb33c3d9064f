import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decodeLogGroup, encodeLogGroup } from '../../../src/emulator/wire/log-group.ts'
import { groupHeadOf, logViews } from '../../../src/emulator/wire/log-view.ts'

const text = fc.string({ unit: 'grapheme', maxLength: 8 })
const content = fc.record({ Key: text, Value: text.map((value) => Buffer.from(value)) })
const log = fc.record(
  { Time: fc.nat(2 ** 31 - 1), TimeNs: fc.nat(999_999_999), Contents: fc.array(content, { maxLength: 4 }) },
  { requiredKeys: ['Time', 'Contents'] },
)
const group = fc.record({
  Topic: text,
  Source: text,
  LogTags: fc.array(fc.record({ Key: text, Value: text }), { maxLength: 3 }),
  Logs: fc.array(log, { maxLength: 6 }),
})

describe('a log that is decoded when it is looked at', () => {
  test('is the one that the decoder makes', () => {
    fc.assert(
      fc.property(group, (value) => {
        const bytes = encodeLogGroup(value)
        const decoded = decodeLogGroup(bytes)
        expect(groupHeadOf(bytes)).toEqual({
          topic: decoded.Topic,
          source: decoded.Source,
          tags: decoded.LogTags.map(({ Key, Value }) => [Key, Value]),
        })
        const views = [...logViews(bytes)].map(({ time, nanoseconds, contents, index }) => [
          time,
          nanoseconds,
          contents,
          index,
        ])
        const expected = decoded.Logs.map(({ Time, TimeNs, Contents }, i) => [
          Time,
          Object.hasOwn(decoded.Logs[i] as object, 'TimeNs') ? TimeNs : undefined,
          Contents.map(({ Key, Value }) => [Key, Buffer.from(Value).toString()]),
          i,
        ])
        expect(views).toEqual(expected)
      }),
    )
  })

  test('has its topic and tags wherever they stand', () => {
    const head = encodeLogGroup({ Topic: 't', Source: 's', LogTags: [{ Key: 'k', Value: 'v' }], Logs: [] })
    const logs = encodeLogGroup({ LogTags: [], Logs: [{ Time: 1, Contents: [] }] })
    for (const bytes of [Buffer.concat([head, logs]), Buffer.concat([logs, head])]) {
      expect([...logViews(bytes)].map((view) => [view.head.topic, view.head.tags])).toEqual([['t', [['k', 'v']]]])
    }
  })
})
