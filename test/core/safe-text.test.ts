import { expect, test } from 'vitest'
import { safeText } from '../../src/core/safe-text.ts'

test.each([
  ['two\r\nlines', 'two lines'],
  ['a\u0000b', 'a b'],
  ['\u001b[31mred\u001b[0m', 'red'],
  ['\u001b]0;title\u0007text', 'text'],
  ['\u009b31mtext', '31mtext'],
  ['abc\u202edef', 'abc def'],
  ['see http://user:word@proxy:8080/x', 'see http://***@proxy:8080/x'],
  ['日本語 ☂', '日本語 ☂'],
])('%j is repeated as %j', (text, safe) => {
  expect(safeText(text)).toBe(safe)
})

test('a long text is cut', () => {
  expect(safeText('x'.repeat(1_000_000), 10)).toBe(`${'x'.repeat(10)}…`)
})
