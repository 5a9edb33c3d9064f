import { randomBytes } from 'node:crypto'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { textLines } from '../../../src/agent/lines/line-parser.ts'
import { LineSender } from '../../../src/cli/send/line-sender.ts'
import { SendReport } from '../../../src/cli/send/send-report.ts'
import { Producer } from '../../../src/index.ts'
import { settled } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

// Nothing a compressor can make smaller: what waits in memory is then as large as what was read.
const CHUNK = Buffer.from(Array.from({ length: 64 }, () => `${randomBytes(768).toString('base64')}\n`).join(''))

function setUp(sink: ScriptedSink) {
  const producer = new Producer({ sink, project: 'p', logstore: 'l', totalSizeInBytes: 2 ** 20, retries: 0 })
  onTestFinished(async () => {
    await producer.close({ timeoutMs: 0 })
  })
  const report = new SendReport(() => {}, { skipBad: false })
  const controller = new AbortController()
  const { signal } = controller
  const sender = new LineSender({ producer, destination: {}, parse: textLines('content'), report, signal })
  return { producer, report, controller, sender }
}

function* endless() {
  for (;;) yield CHUNK
}

test('an endless input is read no further than memory reaches, and an abort ends the wait', async () => {
  const sink = new ScriptedSink([], 'hang')
  const { sender, report, controller, producer } = setUp(sink)
  const source = { name: 'endless', sizeInBytes: undefined, open: () => Readable.from(endless()) }
  const sending = sender.send(source)
  let before = -1
  while (report.bytesRead > before || sink.inFlight === 0) {
    before = report.bytesRead
    await settled()
  }
  expect(report.bytesRead).toBeLessThan(2 ** 20 + 4 * CHUNK.length)
  controller.abort()
  await sending
  expect(report.next).toEqual({ input: 'endless', line: producer.metrics().logs.accepted + 1 })
})

test('an input that breaks is an error, and what came before it is sent', async () => {
  const sink = new ScriptedSink()
  const { sender, producer } = setUp(sink)
  async function* broken() {
    yield Buffer.from('one\ntwo\n')
    throw new Error('disk failure')
  }
  const source = { name: 'broken', sizeInBytes: undefined, open: () => Readable.from(broken()) }
  await expect(sender.send(source)).rejects.toThrow('disk failure')
  expect((await producer.close()).delivered).toBe(2)
})
