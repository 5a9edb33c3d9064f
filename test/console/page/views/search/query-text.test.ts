import fc from 'fast-check'
import { expect, test } from 'vitest'
import { narrowed, termText } from '../../../../../src/console/page/views/search/query-text.ts'
import { parseQuery } from '../../../../../src/emulator/search/query.ts'
import { matcherOf } from '../../../../../src/emulator/search/query-matcher.ts'

const matches = (query: string, field: string, value: string) =>
  matcherOf(parseQuery(query))({ head: { topic: '', source: '', tags: [] }, contents: [[field, value]] })

test('the term of a value that a person clicks on finds the log that has it', () => {
  const text = fc.string({ minLength: 1, maxLength: 60, unit: 'binary' })
  const name = fc.oneof(text, fc.constantFrom('level', '__tag__:host', 'a:b', 'and', 'not', '"', '\\', '*', 'a b'))
  const value = fc.oneof(text, fc.constantFrom('or', 'error', '(', '"quoted"', 'a\\', '*', '?', '|', '中文', '1.5'))
  fc.assert(
    fc.property(name, value, (field, content) => {
      expect(matches(termText(field, content), field, content)).toBe(true)
      expect(matches(narrowed('', termText(field, content), true), field, content)).toBe(false)
    }),
    { numRuns: 500 },
  )
})

test('a query that is narrowed down keeps its meaning', () => {
  expect(narrowed('', 'a: b')).toBe('a: b')
  expect(narrowed(' * ', 'a: b')).toBe('a: b')
  expect(narrowed('x', 'a: b', true)).toBe('x and not a: b')
  expect(narrowed('x or y', 'a: b')).toBe('(x or y) and a: b')
})

test('simple names and values stand as a person would write them', () => {
  expect(termText('level', 'error')).toBe('level: error')
  expect(termText('__tag__:host', 'web-1')).toBe('__tag__:host: web-1')
  expect(termText('message', 'two words')).toBe('message: "two words"')
})
