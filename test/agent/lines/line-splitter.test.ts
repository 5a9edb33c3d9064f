import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from '../../../src/agent/lines/line-splitter.ts'

function split(chunks: readonly (string | Buffer)[], maxBytes = 1000) {
  const splitter = new LineSplitter(maxBytes)
  const lines = chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk)))
  return [...lines, ...splitter.end()].map(({ number, bytes, sizeInBytes }) => [number, bytes.toString(), sizeInBytes])
}

test('lines are numbered from 1, and end with LF, CRLF or the input', () => {
  expect(split(['a\nbb\r\n\nlast'])).toEqual([
    [1, 'a', 1],
    [2, 'bb', 3],
    [3, '', 0],
    [4, 'last', 4],
  ])
  expect(split(['a\n'])).toEqual([[1, 'a', 1]])
  expect(split([])).toEqual([])
})

test('a carriage return inside a line stays, and of two before the end only one goes', () => {
  expect(split(['a\rb\r\r\n'])).toEqual([[1, 'a\rb\r', 5]])
})

test('a byte order mark goes, from the first line only', () => {
  expect(split(['\ufeffa\n\ufeffb'])).toEqual([
    [1, 'a', 4],
    [2, '\ufeffb', 4],
  ])
})

test('a line over the limit is told by its size and not kept, whatever the chunks', () => {
  expect(split(['ok\n1234', '5678', '9\nok\n'], 8)).toEqual([
    [1, 'ok', 2],
    [2, '', 9],
    [3, 'ok', 2],
  ])
  expect(split(['12345678\n'], 8)).toEqual([[1, '12345678', 8]])
})

test('the chunks make no difference', () => {
  const texts = fc.array(fc.constantFrom('a', 'é', '日', '\n', '\r\n', '\r', ' '), { maxLength: 60 })
  fc.assert(
    fc.property(texts, fc.array(fc.nat(40)), (parts, cuts) => {
      const bytes = Buffer.from(parts.join(''))
      const places = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const chunks = places.slice(1).map((end, index) => bytes.subarray(places[index], end))
      expect(split(chunks)).toEqual(split([bytes]))
    }),
  )
})
