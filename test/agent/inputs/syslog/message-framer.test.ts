import fc from 'fast-check'
import { expect, test } from 'vitest'
import { MessageFramer } from '../../../../src/agent/inputs/syslog/message-framer.ts'

function frame(chunks: readonly (string | Buffer)[], maxBytes = 1000): string[] {
  const framer = new MessageFramer(maxBytes)
  return [...chunks.flatMap((chunk) => framer.push(Buffer.from(chunk))), ...framer.end()].map(String)
}

test('messages are counted, end with a line feed or NUL, or are mixed', () => {
  expect(frame(['5 <1>ab', '<2>c\n<3>d\u00006 <4>e\nf'])).toEqual(['<1>ab', '<2>c', '<3>d', '<4>e\nf'])
  expect(frame(['<1>no end'])).toEqual(['<1>no end'])
})

test('a message that begins with a digit and has no count is a line', () => {
  expect(frame(['2026-01-01 hello\n12x\n'])).toEqual(['2026-01-01 hello', '12x'])
})

test('what is too long is cut, and the next message is whole', () => {
  expect(frame(['<1>abcdefgh\n<2>b\n'], 5)).toEqual(['<1>ab', '<2>b'])
  expect(frame(['11 <1>abcdefgh4 <2>b'], 5)).toEqual(['<1>ab', '<2>b'])
  expect(frame(['99999999 x'.padEnd(3000, 'y')], 5)).toEqual(['xyyyy'])
})

test('a count that is not true costs no byte of what it covers, and ends with its message', () => {
  expect(frame(['5 <13>hello\n<13>next\n'])).toEqual(['<13>h', 'ello', '<13>next'])
  expect(frame(['0 <13>zero\n'])).toEqual(['0 <13>zero'])
  expect(frame(['-5 <13>a\n'])).toEqual(['-5 <13>a'])
  expect(frame(['12345678901234567890 <13>a\n'])).toEqual(['12345678901234567890 <13>a'])
  expect(frame(['99999999 <13>a\n<13>b\n'])).toEqual(['99999999 <13>a\n<13>b\n'])
  const framer = new MessageFramer(5)
  framer.push(Buffer.from('12 <1>abcdefgh<2>b\n<3>abcde\n99999 <1>abc'))
  expect(framer.cutMessages).toBe(3)
})

test('any cutting into chunks gives the same messages, and memory stays bounded', () => {
  const message = fc.string({ minLength: 1, maxLength: 40 }).map((text) => `<1>${text.replace(/[\n\0\r]/g, '_')}x`)
  const framed = fc.array(fc.tuple(message, fc.boolean()), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(framed, fc.infiniteStream(fc.integer({ min: 1, max: 9 })), (messages, sizes) => {
      const bytes = Buffer.concat(
        messages.map(([text, counted]) => Buffer.from(counted ? `${Buffer.byteLength(text)} ${text}` : `${text}\n`)),
      )
      const framer = new MessageFramer(1000)
      const got: string[] = []
      for (let at = 0; at < bytes.length; ) {
        const size = sizes.next().value as number
        got.push(...framer.push(bytes.subarray(at, at + size)).map(String))
        at += size
        expect(framer.pendingBytes).toBeLessThan(1020)
      }
      expect([...got, ...framer.end().map(String)]).toEqual(messages.map(([text]) => text))
    }),
  )
})
