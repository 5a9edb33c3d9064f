import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseBoundedJson } from '../../../src/emulator/wire/bounded-json.ts'

describe('JSON whose values are counted before they are made', () => {
  test('is read as JSON is', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 10 }), (text) => {
        expect(parseBoundedJson(Buffer.from(text), 10_000)).toEqual(JSON.parse(text))
      }),
    )
  })

  test.each([
    ['[1,2,3,4,5,6,7,8,9,10,11]', /more than 10 values/],
    ['{"a":{"b":{"c":{"d":{"e":{}}}}}}', /more than 10 values/],
    [`${'['.repeat(65)}${']'.repeat(65)}`, /values|levels/],
    ['{', /not valid/],
    ['"', /not valid/],
    ['', /not valid/],
  ])('refuses %s', (text, message) => {
    expect(() => parseBoundedJson(Buffer.from(text), 10)).toThrow(message)
  })

  test('does not count what stands in a text', () => {
    const text = JSON.stringify({ a: '[,:{'.repeat(1000), b: `\\"${',,'.repeat(1000)}\\\\`, c: '"' })
    expect(parseBoundedJson(Buffer.from(text), 10)).toEqual(JSON.parse(text))
  })
})
