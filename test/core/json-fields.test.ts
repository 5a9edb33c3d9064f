import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJsonFields } from '../../src/core/json-fields.ts'

const compact = (list: string) => list.replace(/\s/g, '')

describe('the fields of a JSON object', () => {
  const numbers: [source: string, value: unknown][] = [
    ['9223372036854775807', '9223372036854775807'],
    ['-12345678901234567890', '-12345678901234567890'],
    ['9007199254740991', 9007199254740991],
    ['1.10', '1.10'],
    ['1.0', '1.0'],
    ['1e400', '1e400'],
    ['1E2', '1E2'],
    ['1e+21', 1e21],
    ['-0', '-0'],
    ['0.1234567890123456789', '0.1234567890123456789'],
    ['123456789.12345678', 123456789.12345678],
    ['0.0000001', '0.0000001'],
    ['12', 12],
    ['-1.5', -1.5],
  ]
  it.each(numbers)('%s is %j, also in an object and in an array', (source, value) => {
    expect(parseJsonFields(`{"a": ${source} ,"b":1}`)).toEqual({ a: value, b: 1 })
    // Looked at only where it may be needed: then the source, also where it says the same.
    const isText = typeof value === 'string' || source.length >= 16 || source.includes('e')
    const nested = parseJsonFields(`{"o": {"x" : [ ${source}, "a b" ]}, "l":[${source}]}`)
    expect(nested).toEqual(
      isText ? { o: `{"x":[${source},"a b"]}`, l: `[${source}]` } : { o: { x: [value, 'a b'] }, l: [value] },
    )
  })

  it('that need no care are what JSON.parse gives, beside one that does', () => {
    const text =
      '{"s":"\\u00e9\\"}\\\\","t":true,"n":null,"o":{"é":"\\u00e9,1.1"},"l":[],"id":12345678901234567890,"__proto__":1,"s2":""}'
    const fields = parseJsonFields(text)!
    const expected = Object.assign(JSON.parse(text), { id: '12345678901234567890' })
    expect(Object.entries(fields)).toEqual(Object.entries(expected))
  })

  it('of a repeated key the last counts', () => {
    expect(parseJsonFields('{"a":1.10,"a":1.20}')).toEqual({ a: '1.20' })
  })

  it.each(['[]', 'null', '1', '"x"'])('%s is no object', (text) => {
    expect(parseJsonFields(text)).toBeUndefined()
  })

  it.each(['', '{', '{"a":01}', '{"a":1.10,}', "{'a':1}"])('%s is no JSON', (text) => {
    expect(() => parseJsonFields(text)).toThrow(SyntaxError)
  })

  it('in any object come back, and no number in it changes its digits', () => {
    const number = fc.oneof(
      fc.bigInt().map(String),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
      fc
        .tuple(fc.nat(), fc.array(fc.nat(9), { minLength: 1, maxLength: 25 }))
        .map(([whole, digits]) => `${whole}.${digits.join('')}`),
      fc.tuple(fc.nat(9), fc.integer({ min: -400, max: 400 })).map(([digit, power]) => `${digit}e${power}`),
    )
    const text = fc.string({ unit: 'grapheme-ascii' }).map((value) => JSON.stringify(value))
    const scalar = fc.oneof(number, text, fc.constantFrom('true', 'null'))
    const blank = fc.constantFrom('', ' ', '\n\t')
    const nested = fc.tuple(fc.array(scalar), blank).map(([list, gap]) => `[${list.join(`${gap},${gap}`)}]`)
    const object = fc.tuple(fc.array(fc.tuple(fc.string(), fc.oneof(scalar, nested)), { maxLength: 6 }), blank)
    fc.assert(
      fc.property(object, ([pairs, gap]) => {
        const source = `{${pairs.map(([key, value]) => `${gap}${JSON.stringify(key)}${gap}:${gap}${value}`).join(',')}${gap}}`
        const fields = parseJsonFields(source)!
        for (const [key, value] of new Map(pairs)) {
          const given = Object.getOwnPropertyDescriptor(fields, key)!.value
          const stored = typeof given === 'object' ? JSON.stringify(given) : String(given)
          if (value.startsWith('"')) expect(given).toBe(JSON.parse(value))
          else if (value.startsWith('[')) expect(stored.replace(/\s/g, '')).toBe(compact(value))
          else expect(stored).toBe(value)
        }
      }),
      { numRuns: 500 },
    )
  })
})
