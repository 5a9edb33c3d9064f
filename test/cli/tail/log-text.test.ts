import { describe, expect, test } from 'vitest'
import { fieldFormat, jsonFormat, textFormat } from '../../../src/cli/tail/log-text.ts'

const log = {
  shard: 3,
  group: { topic: 'web', source: 'host', tags: [['k', 'v'] as const], logs: [] },
  log: {
    time: 1_700_000_000,
    nanoseconds: 120_000_000,
    contents: [
      ['path', '/a'],
      ['text', 'two words\nand "quotes"'],
      ['none', ''],
      ['escape', '\u001b[31m \u009b31m'],
    ] as const,
  },
}
const read = {
  ...log,
  group: { ...log.group, tags: [...log.group.tags] },
  log: { ...log.log, contents: [...log.log.contents] },
}

const plain = (_color: string, text: string) => text

describe('a log on a terminal', () => {
  test('is one line that cannot be forged by its values', () => {
    expect(textFormat(plain)(read)).toBe(
      '2023-11-14T22:13:20.12Z [web] path=/a text="two words\\nand \\"quotes\\"" none="" escape="\\u001b[31m \\u009b31m"',
    )
  })

  test('is the value of one field, or nothing where it has no such field', () => {
    expect([fieldFormat('path')(read), fieldFormat('none')(read), fieldFormat('other')(read)]).toEqual([
      '/a',
      '',
      undefined,
    ])
  })

  test('is an object', () => {
    expect(JSON.parse(jsonFormat(read))).toMatchObject({
      topic: 'web',
      tags: { k: 'v' },
      contents: { path: '/a' },
      shard: 3,
    })
  })
})
