import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { jsonLines, textLines } from '../../../src/agent/lines/line-parser.ts'
import { sendLines } from '../../../src/cli/send/send-lines.ts'
import { StatusLine } from '../../../src/cli/shared/status-line.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

function setUp(parse = textLines('content')) {
  const sink = new ScriptedSink()
  const said: string[] = []
  const settings = {
    producer: { sink, project: 'p', logstore: 'l' },
    destination: {},
    parse,
    skipBad: false,
    flushTimeoutMs: 1000,
  }
  const context = {
    status: new StatusLine({ write: (text) => said.push(text) }),
    signal: new AbortController().signal,
    clock: systemClock,
  }
  return { sink, said, settings, context }
}

function source(name: string, chunks: () => Iterable<Buffer>) {
  return { name, sizeInBytes: undefined, open: () => Readable.from(chunks()) }
}

function* broken() {
  yield Buffer.from('one\ntwo\nthr')
  throw new Error('disk failure')
}

test('an input that cannot be read to its end costs no line that was read, and the summary says where to go on', async () => {
  const { said, settings, context } = setUp()
  const later = source('later', () => [Buffer.from('never read')])
  const summary = await sendLines([source('broken', broken), later], settings, context)
  expect(summary).toMatchObject({ accepted: 2, delivered: 2, next: { input: 'broken', line: 3 } })
  expect(said).toEqual(['loghub: broken:3: cannot be read: disk failure\n'])
})

test('a destination that no line can go to is refused before anything is read', async () => {
  const { settings, context, sink } = setUp(jsonLines())
  const wrong = { ...settings, producer: { ...settings.producer, logstore: 'a b' } }
  await expect(sendLines([source('broken', broken)], wrong, context)).rejects.toThrow('logstore must be')
  expect(sink.seen).toEqual([])
})
