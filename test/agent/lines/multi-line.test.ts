import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LineFramer } from '../../../src/agent/lines/line-framer.ts'
import { MultiLine, type MultiLineOptions } from '../../../src/agent/lines/multi-line.ts'

/** The logs of a text, and where what is still open begins. */
function join(options: MultiLineOptions, text: string, isFinal = true) {
  const buffer = Buffer.from(text)
  const framer = new LineFramer({ maxLineBytes: 1000, longLines: 'cut' })
  framer.frame(buffer, buffer.length, isFinal)
  const { table } = framer
  const open = new MultiLine(options, 1000).join(buffer, table, isFinal)
  const logs = Array.from({ length: table.count }, (_, i) => buffer.toString('utf8', table.starts[i], table.ends[i]))
  return { logs, open: open < 0 ? undefined : buffer.toString('utf8', table.starts[open]) }
}

/** Logs of which each must stay one, in a row. */
const TRACES: Record<string, string[]> = {
  java: [
    '2026-01-01 10:00:00 ERROR Request failed\njava.lang.IllegalStateException: boom\n\tat a.b.C.d(C.java:1)\n\tat a.b.C.main(C.java:2)\n\tSuppressed: java.io.IOException: s\n\t\tat x.y(Z.java:3)\nCaused by: java.io.IOException: no\n\t... 12 more',
    '2026-01-01 10:00:01 INFO next',
    'Exception in thread "main" java.lang.Error: x\n\tat a.B.main(B.java:1)',
  ],
  // A traceback belongs to the line before it, where there is one.
  python: [
    'Traceback (most recent call last):\n  File "a.py", line 1\nkeyboard.Interrupt',
    'ERROR:root:it failed\nTraceback (most recent call last):\n  File "a.py", line 1, in <module>\n    f()\n  File "a.py", line 2, in f\n    raise MyFault("x")\nMyFault: x\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File "a.py", line 5, in <module>\nValueError: y',
    'INFO:root:next',
    'INFO:root:last',
  ],
  go: [
    '2026/01/01 10:00:00 start',
    'panic: boom\n\ngoroutine 1 [running]:\nmain.f(0x1, {0x2, 0x3})\n\t/tmp/x.go:4 +0x39\nmain.main()\n\t/tmp/x.go:8 +0x1d\ncreated by main.main in goroutine 7\n\t/tmp/x.go:9 +0x1\nexit status 2',
    '2026/01/01 10:00:01 next',
  ],
  node: [
    'it failed Error: boom\n    at f (/x/y.js:1:2)\n    at node:internal/main:1:1 {\n  code: "E",\n  [cause]: Error: z\n      at g (/x/y.js:3:4)\n}',
    'next',
    '/x/y.js:1\nthrow new Error("x")\n^\n\nError: x\n    at Object.<anonymous> (/x/y.js:1:7)\n\nNode.js v22.1.0',
    'last',
  ],
}

describe.each(Object.entries(TRACES))('the preset %s', (preset, logs) => {
  test('keeps each of these in one log', () => {
    expect(join({ preset: preset as 'java' }, `${logs.join('\n')}\n`).logs).toEqual(logs)
  })

  test('gives the same, wherever the reading stops and goes on', () => {
    const text = `${logs.join('\n')}\n`
    fc.assert(
      fc.property(fc.integer({ min: 1, max: text.length - 1 }), (cut) => {
        const first = join({ preset: preset as 'java' }, text.slice(0, cut), false)
        const whole = text.slice(0, cut).lastIndexOf('\n') + 1
        const rest = (first.open ?? text.slice(whole, cut)) + text.slice(cut)
        expect([...first.logs, ...join({ preset: preset as 'java' }, rest).logs]).toEqual(logs)
      }),
    )
  })
})

test('a start, a continuation or an end pattern', () => {
  expect(join({ start: '^\\d' }, '1 a\nb\n2 c\n').logs).toEqual(['1 a\nb', '2 c'])
  expect(join({ continuation: '^\\+' }, 'a\n+b\nc\n').logs).toEqual(['a\n+b', 'c'])
  expect(join({ end: ';$' }, 'a\nb;\nc;\nd\n').logs).toEqual(['a\nb;', 'c;', 'd'])
})

test('what is open waits for what follows', () => {
  expect(join({ start: '^\\d' }, '1 a\n2 b\nc\n', false)).toEqual({ logs: ['1 a'], open: '2 b\nc\n' })
  expect(join({ end: ';$' }, 'a\nb;\n', false)).toEqual({ logs: ['a\nb;'], open: undefined })
})

test('a log that does not end is bounded by lines and by bytes', () => {
  expect(join({ start: '^x', maxLines: 2 }, 'x\n1\n2\n3\n4\n').logs).toEqual(['x\n1', '2\n3', '4'])
  const long = `x\n${'y'.repeat(400)}\n${'y'.repeat(400)}\n${'y'.repeat(400)}\n`
  expect(join({ start: '^x' }, long).logs.map(({ length }) => length)).toEqual([803, 400])
})
