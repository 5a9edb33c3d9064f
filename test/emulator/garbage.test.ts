import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { groupOf, PROJECT, sendSigned, write } from './support/client.ts'

const body = groupOf([{ time: 1, contents: [['k', 'v']] }])
let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({ autoCreate: true, requestTimeoutMs: 200 })
})
afterAll(() => emulator.close())

async function opened(): Promise<Socket> {
  const socket = connect(emulator.port, '127.0.0.1')
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** Sends bytes and gives what comes back until the other side ends the connection. */
async function answerTo(bytes: string | Buffer): Promise<string> {
  const socket = await opened()
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString('latin1')
  })
  socket.write(bytes)
  await once(socket, 'close')
  return text
}

async function isAlive(): Promise<boolean> {
  return (await sendSigned(emulator, write('store', body), Date.now())).status === 200
}

const request = (line: string, ...headers: string[]) => `${[line, 'Host: a.sls.test', ...headers].join('\r\n')}\r\n\r\n`

describe('after garbage the emulator still takes a write', () => {
  test.each([
    ['bytes that are no HTTP', '\0\x01\x02nonsense\r\n\r\n', /^HTTP\/1.1 400/],
    ['a TLS greeting', Buffer.from('16030100a5010000a10303', 'hex'), /^HTTP\/1.1 400/],
    ['huge headers', request('GET / HTTP/1.1', `x-log-x: ${'x'.repeat(20_000)}`), /^HTTP\/1.1 431/],
    ['a length that is no number', request('POST / HTTP/1.1', 'Content-Length: many'), /^HTTP\/1.1 400/],
    ['two lengths', request('POST / HTTP/1.1', 'Content-Length: 1', 'Content-Length: 2'), /^HTTP\/1.1 400/],
    ['bad percent-encoding', request('GET /logstores/%zz HTTP/1.1', 'Connection: close'), /ParameterInvalid/],
    ['a path of dots', request('GET /../../etc/passwd HTTP/1.1', 'Connection: close'), /InvalidMethod/],
    ['an unknown method', request('PATCH / HTTP/1.1', 'Connection: close'), /InvalidMethod/],
    ['CONNECT', request('CONNECT a.sls.test:80 HTTP/1.1'), /^$/],
    ['headers that never end', 'POST / HTTP/1.1\r\nHost: a', /^HTTP\/1.1 408/],
    [
      'a body that never comes',
      request('POST /logstores/a/shards/lb HTTP/1.1', 'Content-Length: 10'),
      /^HTTP\/1.1 408/,
    ],
    ['a broken chunk', `${request('POST / HTTP/1.1', 'Transfer-Encoding: chunked')}zz\r\n`, /^HTTP\/1.1 400/],
  ])('%s', async (_, bytes, answer) => {
    expect(await answerTo(bytes)).toMatch(answer)
    expect(await isAlive()).toBe(true)
  })

  test('pipelined requests are answered in their order', async () => {
    const get = request('GET /health HTTP/1.1')
    const text = await answerTo(get + get + request('GET /nothing HTTP/1.1', 'Connection: close'))
    expect(text.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400'])
  })

  test('a client that leaves in the middle of its body stores nothing', async () => {
    const before = emulator.stats().writes
    const socket = await opened()
    socket.write(request('POST /logstores/a/shards/lb HTTP/1.1', 'Content-Length: 100'))
    socket.write('half')
    socket.resetAndDestroy()
    expect(await isAlive()).toBe(true)
    expect(emulator.stats().writes).toBe(before + 1)
  })

  test('a thousand connections that say nothing', async () => {
    const sockets = await Promise.all(Array.from({ length: 1000 }, opened))
    expect(await isAlive()).toBe(true)
    expect(emulator.stats().connections).toBeGreaterThanOrEqual(1000)
    for (const socket of sockets) socket.destroy()
  })

  test('random bodies under every header that means something', async () => {
    const before = emulator.logs({ project: PROJECT, logstore: 'fuzz' }).length
    let seed = 1
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return seed
    }
    for (let i = 0; i < 200; i++) {
      const bytes = Buffer.from(Array.from({ length: random() % 60 }, () => random() >> 8))
      const type = ['lz4', 'deflate', 'gzip', 'zstd'][i % 4] as string
      const headers = {
        'x-log-compresstype': type,
        'x-log-bodyrawsize': String(random() % 100),
        ...(i % 3 === 0 && { 'x-log-mode': 'batch_group' }),
      }
      const reply = await sendSigned(emulator, write('fuzz', bytes, headers), Date.now())
      expect(reply.status).toBeLessThan(500)
    }
    expect(emulator.logs({ project: PROJECT, logstore: 'fuzz' }).length).toBeGreaterThanOrEqual(before)
  })
})
