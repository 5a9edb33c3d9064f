import { headers } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import type { JetstreamOptions } from '../../../../src/agent/inputs/jetstream/jetstream-options.ts'
import { MessageReader } from '../../../../src/agent/inputs/jetstream/message-reader.ts'
import type { StreamMessage } from '../../../../src/agent/inputs/jetstream/message-source.ts'
import { Producer, type SinkRequest } from '../../../../src/index.ts'

async function read(
  text: string | Uint8Array,
  fields: Record<string, string> = {},
  options: Partial<JetstreamOptions> = {},
) {
  const reader = new MessageReader({ stream: 'LOGS', ...options }, { nowMs: () => 0, count: () => {} })
  const all = headers()
  for (const [key, value] of Object.entries(fields)) all.set(key, value)
  const data = typeof text === 'string' ? Buffer.from(text) : text
  return reader.read({ data, headers: all, subject: 'logs.app' } as StreamMessage)
}

const json = { 'Content-Type': 'application/json; charset=utf-8' }

test('a message is one log for the parser, whatever lines it has', async () => {
  expect(await read('one\ntwo')).toEqual({ logs: [{ contents: [['content', 'one\ntwo']] }] })
  expect(await read('{"a":1}', {}, { parser: 'json' })).toMatchObject({ logs: [{ contents: { a: 1 } }] })
  expect(await read('')).toEqual({ logs: [] })
})

test('with lines, each line is a log', async () => {
  const { logs } = (await read('one\n\ntwo\n', {}, { lines: true })) as { logs: { contents: unknown }[] }
  expect(logs.map(({ contents }) => contents)).toEqual([[['content', 'one']], [['content', 'two']]])
})

test('JSON and JSON lines are known by their content type', async () => {
  expect(await read('[{"a":1},{"b":2}]', json)).toEqual({ logs: [{ contents: { a: 1 } }, { contents: { b: 2 } }] })
  const lines = { 'Content-Type': 'application/x-ndjson' }
  expect(await read('{"a":1}\n{"b":2}\n', lines)).toMatchObject({ logs: [{}, {}] })
  expect(await read('[1]', json)).toBe('entry 0 is not a JSON object')
})

test('the subject can be a field', async () => {
  expect(await read('one', {}, { subjectField: 'subject' })).toEqual({
    logs: [
      {
        contents: [
          ['content', 'one'],
          ['subject', 'logs.app'],
        ],
      },
    ],
  })
  expect(await read('{"a":1}', json, { subjectField: 'subject' })).toEqual({
    logs: [{ contents: { a: 1, subject: 'logs.app' } }],
  })
})

/** What a sink of a producer is given. */
async function batch(): Promise<SinkRequest> {
  let taken: SinkRequest | undefined
  const sink = {
    send: async (request: SinkRequest) => {
      taken = request
      return { requestId: '1' }
    },
    close: async () => {},
  }
  const producer = new Producer({ sink, project: 'p', logstore: 'orders', lingerMs: 0 })
  const logs = [{ contents: { n: 1, text: 'x'.repeat(1000) }, time: 1_700_000_000_000, nanoseconds: 5 }]
  await producer.send({ topic: 'web', source: 'host-1', tags: { env: 'prod' }, logs })
  await producer.close()
  return taken as SinkRequest
}

test('a LogGroup of a sink keeps topic, source, tags and times; what the input says counts more', async () => {
  const { payload, logstore } = await batch()
  const fields = {
    'Content-Type': 'application/x-protobuf',
    'x-log-compresstype': payload.compression,
    'x-log-bodyrawsize': String(payload.rawSizeInBytes),
    'x-log-logstore': logstore,
  }
  expect(await read(payload.bytes, fields)).toEqual({
    logs: [
      {
        time: 1_700_000_000_000,
        nanoseconds: 5,
        contents: [
          ['n', '1'],
          ['text', 'x'.repeat(1000)],
        ],
      },
    ],
    destination: { logstore: 'orders', topic: 'web', source: 'host-1', tags: { env: 'prod' } },
  })
  const to = { topic: 'all', tags: { env: 'test', zone: 'a' } }
  expect(await read(payload.bytes, fields, { to })).toMatchObject({
    destination: { logstore: 'orders', topic: 'all', source: 'host-1', tags: { env: 'test', zone: 'a' } },
  })
})

test('a LogGroup that is none is not read, however it was declared', async () => {
  const { payload } = await batch()
  const kind = { 'Content-Type': 'application/x-protobuf' }
  expect(await read(payload.bytes, { ...kind, 'x-log-compresstype': 'rar' })).toMatch('x-log-compresstype is none of')
  expect(await read(payload.bytes, { ...kind, 'x-log-bodyrawsize': '1e9' })).toMatch('x-log-bodyrawsize must be')
  expect(await read('no group', { ...kind, 'x-log-compresstype': 'lz4', 'x-log-bodyrawsize': '10' })).toBeTypeOf(
    'string',
  )
})
