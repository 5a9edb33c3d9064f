import fc from 'fast-check'
import { expect, test } from 'vitest'
import { plainEnd } from '../../../../src/agent/lines/parsers/plain-end.ts'
import { ByteSource } from '../../../../src/sls/wire/byte-source.ts'

test('a plain text ends before the first quote, backslash or control character', () => {
  const text = fc.array(fc.constantFrom(...'ab!#[]^\x7f\x80\x81\xa2\xdc\xff "\\\n\x00\x1f'), { maxLength: 20 })
  fc.assert(
    fc.property(text, fc.nat({ max: 5 }), fc.nat({ max: 5 }), (chars, start, behind) => {
      const all = Buffer.from(chars.join(''), 'latin1')
      const end = Math.max(start, all.length - behind)
      const at = chars.slice(0, end).findIndex((char, i) => i >= start && (char < ' ' || char === '"' || char === '\\'))
      expect(plainEnd(new ByteSource(all), start, end)).toBe(at < 0 ? end : at)
    }),
    { numRuns: 2000 },
  )
})
