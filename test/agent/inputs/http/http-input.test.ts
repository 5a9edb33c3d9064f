import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { ProducerError } from '../../../../src/core/errors.ts'
import { selfSigned } from '../../../support/certificate.ts'
import { FakeProducer } from '../../support/fake-producer.ts'
import { runInput } from '../../support/real-agent.ts'
import { eventually, temporaryFolder } from '../../support/start-agent.ts'

async function listen(options: Record<string, unknown> = {}, producer = new FakeProducer()) {
  const run = await runInput({ type: 'http', port: 0, ...options }, {}, producer)
  const post = (body: string | Buffer, headers: Record<string, string> = {}) =>
    fetch(run.status().details.url!, { method: 'POST', body: new Uint8Array(Buffer.from(body)), headers })
  return { ...run, post }
}

const JSON_TYPE = { 'content-type': 'application/json' }
const LINES_TYPE = { 'content-type': 'application/x-ndjson' }

test('takes an object, a list, JSON lines and lines, compressed as well', async () => {
  const { post, producer } = await listen()
  expect(await (await post('{"a":1}', JSON_TYPE)).json()).toEqual({ accepted: 1 })
  await post('[{"a":2},{"a":3}]', JSON_TYPE)
  await post('{"a":4}\n\n{"a":12345678901234567890}\n', LINES_TYPE)
  await post('plain\nlines\n')
  await post(gzipSync('{"a":6}'), { ...JSON_TYPE, 'content-encoding': 'gzip' })
  expect(producer.values('a')).toEqual(['1', '2', '3', '4', '12345678901234567890', '', '', '6'])
  expect(producer.values().filter((value) => value !== '')).toEqual(['plain', 'lines'])
})

test.each([
  ['not json', JSON_TYPE, 'the body is not JSON'],
  ['[1]', JSON_TYPE, 'entry 0 is not a JSON object'],
  ['[{"a":1},{}]', JSON_TYPE, 'entry 1 has no fields'],
  ['{"a":1}\n{"a":\n', LINES_TYPE, 'line 2: not JSON'],
])('refuses %j with 400 and the place, and takes nothing of it', async (body, headers, message) => {
  const { post, producer } = await listen()
  const answer = await post(body, headers)
  expect(answer.status).toBe(400)
  expect(await answer.text()).toContain(message)
  expect(producer.taken).toEqual([])
})

test('answers 429 when there is no room, and loses nothing that was answered with 200', async () => {
  const producer = Object.assign(new FakeProducer(), { isInstant: false, totalBytes: 200 })
  const { post, counts } = await listen({ memoryShare: 1 }, producer)
  const answers = []
  for (let n = 0; n < 20; n++) {
    if (n === 10) producer.settle()
    answers.push((await post(`{"n":"${n}","text":"${'x'.repeat(30)}"}`, JSON_TYPE)).status)
  }
  const taken = answers.flatMap((status, n) => (status === 200 ? [String(n)] : []))
  expect(producer.values('n')).toEqual(taken)
  expect(answers).toContain(429)
  expect(counts().byName.refusedRequests).toBe(answers.filter((status) => status === 429).length)
})

test('an input that may drop its logs does not answer 200 for those that it drops or the producer refuses', async () => {
  const producer = new FakeProducer()
  const { post } = await listen({ required: false }, producer)
  expect((await post('{"a":1}', JSON_TYPE)).status).toBe(200)
  producer.capacity = 0
  expect((await post('{"a":2}', JSON_TYPE)).status).toBe(429)
  producer.capacity = 9
  producer.trySend = (_request, callback) => {
    callback?.(new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', 'too large'), undefined)
    return true
  }
  expect((await post('{"a":3}', JSON_TYPE)).status).toBe(400)
  expect(producer.values('a')).toEqual(['1'])
})

test('a refusal for want of room says when to come again', async () => {
  const { post, producer } = await listen()
  producer.totalBytes = 0
  const answer = await post('{"n":1}', JSON_TYPE)
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([429, '1'])
})

test.each([
  [null, 200],
  [new ProducerError('ERR_LOGHUB_EXPIRED', 'too late'), 503],
  [new ProducerError('ERR_LOGHUB_INVALID_LOG', 'bad'), 400],
])('with ack: delivered the answer waits for the verdict (%s)', async (error, status) => {
  const { post, producer } = await listen({ ack: 'delivered' })
  producer.isInstant = false
  const answering = post('{"n":1}', JSON_TYPE)
  await eventually(() => producer.pending.length === 1)
  producer.settle(error)
  expect((await answering).status).toBe(status)
})

test('asks for its token and refuses what is too large', async () => {
  const { post } = await listen({ token: 'secret', maxBodyBytes: 100 })
  expect((await post('{"n":1}', JSON_TYPE)).status).toBe(401)
  const authorization = { authorization: 'Bearer secret' }
  expect((await post('{"n":1}', { ...JSON_TYPE, ...authorization })).status).toBe(200)
  expect((await post('x'.repeat(101), authorization)).status).toBe(413)
  expect((await post(gzipSync('x'.repeat(10_000)), { ...authorization, 'content-encoding': 'gzip' })).status).toBe(413)
})

test('the port is free again once the input is removed, also for a replacement on the same port', async () => {
  const { agent, status } = await listen()
  const port = Number(new URL(status().details.url!).port)
  await agent.replace({ id: 'i', type: 'http', port })
  await agent.remove('i')
  await agent.add({ id: 'other', type: 'http', port })
  await expect(agent.add({ id: 'taken', type: 'http', port })).rejects.toThrow(/taken: .*EADDRINUSE/)
})

test.each(['http', 'otlp'])(
  '%s speaks TLS, and asks for the certificates of clients where it is told their authority',
  async (type) => {
    const folder = temporaryFolder()
    const [server, client] = [selfSigned(folder), selfSigned(folder, 'client')]
    const { status, producer } = await runInput({ type, port: 0, path: '/', tls: { ...server, ca: client.cert } })
    const url = status().details.url!
    expect(url).toMatch(/^https:/)
    const trusted = { ca: readFileSync(server.cert) }
    const post = (credentials: object) =>
      new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'content-type': 'application/json' }
        const sent = request(url, { method: 'POST', headers, ...trusted, ...credentials }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode))
        })
        sent.on('error', reject)
        sent.end(
          type === 'http'
            ? '{"a":1}'
            : '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"x"}}]}]}]}',
        )
      })
    await expect(post({})).rejects.toThrow()
    expect(await post({ cert: readFileSync(client.cert), key: readFileSync(client.key) })).toBe(200)
    expect(producer.taken).toHaveLength(1)
    await eventually(() => status().counts.byName.brokenRequests === 1)
  },
)

test('a certificate that cannot be read is told when the input is added', async () => {
  const spec = { type: 'http', port: 0, tls: { cert: './none.pem', key: './none.pem' } }
  await expect(runInput(spec, { baseDirectory: temporaryFolder() })).rejects.toThrow('none.pem')
})
