import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeLogGroup, decodeLogGroupList } from '../../../src/sls/wire/decode-log-group.ts'
import { encodeGroupFields } from '../../../src/sls/wire/group-fields.ts'
import { LogEncoder } from '../../../src/sls/wire/log-encoder.ts'
import { logGroupVectors, readVectors, type VectorGroup, vectorValue } from '../../support/loggroup-vectors.ts'

function expectedGroup({ topic = '', source = '', tags = [], logs }: VectorGroup) {
  const decodedLogs = logs.map(({ time, timeNs, contents }) => ({
    time,
    ...(timeNs === undefined ? {} : { nanoseconds: timeNs }),
    contents: contents.map(([key, value]) => [key, Buffer.from(vectorValue(value) as Uint8Array).toString()]),
  }))
  return { topic, source, tags, logs: decodedLogs }
}

describe('golden vectors', () => {
  for (const { name, input, hex } of logGroupVectors) {
    it(`${name} is read`, () => {
      expect(decodeLogGroup(Buffer.from(hex, 'hex'))).toEqual(expectedGroup(input))
    })
  }

  const lists = readVectors<{ cases: { message: string; name: string; groups: string[]; hex: string }[] }>(
    'loggroup_wrappers',
  )
  for (const { name, groups, hex } of lists.cases.filter((one) => one.message === 'LogGroupList')) {
    it(`${name} is read`, () => {
      const inputs = groups.map((group) => logGroupVectors.find((one) => one.name === group)!.input)
      expect(decodeLogGroupList(Buffer.from(hex, 'hex'))).toEqual(inputs.map(expectedGroup))
    })
  }
})

const read = (hex: string) => decodeLogGroup(Buffer.from(hex.replaceAll(' ', ''), 'hex'))

describe('the rules of protobuf', () => {
  it('fields come in any order, and the last of a repeated one counts', () => {
    expect(read('1a0161 220173 0a0c 12060a016b120176 0801 0802 1a0162')).toEqual({
      topic: 'b',
      source: 's',
      tags: [],
      logs: [{ time: 2, contents: [['k', 'v']] }],
    })
    expect(read('0a0c 0801 2501000000 2502000000').logs).toEqual([{ time: 1, nanoseconds: 2, contents: [] }])
  })

  it('unknown fields of every wire type are skipped, and known numbers with another wire type too', () => {
    expect(read('7801 7901020304050607087d01020304 7a026869 1801 1a0174').topic).toBe('t')
    expect(read('0a09 0801 3801 0d01020304').logs).toEqual([{ time: 1, contents: [] }])
  })

  it('over-long varints are read, up to ten bytes', () => {
    expect(read('0a04 08818000').logs[0]!.time).toBe(1)
    expect(read('0a0b 08 ffffffff8fffffffff01').logs[0]!.time).toBe(0xffff_ffff)
    expect(read('1a 8100 61').topic).toBe('a')
  })

  it('bytes that are not UTF-8 come as U+FFFD', () => {
    expect(read('1a02ff61').topic).toBe('\ufffda')
  })

  const malformed: [name: string, hex: string][] = [
    ['a length beyond the end', '1a05 6161'],
    ['an end within a length', '1a80'],
    ['an end within a fixed number', '0a04 25000000'],
    ['a varint of eleven bytes', '78 8080808080808080808000'],
    ['a length of more than 32 bits', '1a 8180808010 61'],
    ['field number 0', '0001'],
    ['an unknown wire type', '7e'],
    ['a log without time', '0a00'],
    ['a field without value', '0a07 0801 1203 0a016b'],
    ['a tag without key', '3203 120176'],
  ]
  for (const [name, hex] of malformed) {
    it(`${name} is a coded error`, () => {
      expect(() => read(hex)).toThrow(expect.objectContaining({ code: 'ERR_LOGHUB_SEND' }))
    })
  }

  it('any bytes are read or refused with a code', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeLogGroup(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ERR_LOGHUB_SEND' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})

it('what the encoder wrote is read back', () => {
  const encoder = new LogEncoder()
  const text = fc.string({ unit: 'grapheme' })
  const pairs = fc.array(
    fc.tuple(
      text.filter((key) => key !== ''),
      text,
    ),
    { minLength: 1 },
  )
  fc.assert(
    fc.property(text, fc.array(pairs), (topic, list) => {
      encoder.encodeAll(
        list.map((contents) => ({ contents, time: 7000, nanoseconds: 8 })),
        0,
      )
      const logs = Buffer.alloc(encoder.sizeInBytes)
      encoder.writeTo(logs, 0)
      const group = { topic, source: 's', tags: [['a', topic] as const] }
      expect(decodeLogGroup(Buffer.concat([logs, encodeGroupFields(group)]))).toEqual({
        ...group,
        logs: list.map((contents) => ({ time: 7, nanoseconds: 8, contents })),
      })
    }),
  )
})
