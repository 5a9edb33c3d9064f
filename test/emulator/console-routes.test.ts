// biome-ignore-all lint/suspicious/noThenProperty: a rule says "match, then"; it is an argument and never awaited
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { RawConnection, requestText } from '../server/support/raw-http.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { groupOf, KEY, sendSigned, write } from './support/client.ts'

let clock: ManualClock
let emulator: Emulator

beforeEach(async () => {
  clock = new ManualClock()
  emulator = await startEmulator({ clock, autoCreate: true, credentials: KEY })
})
afterEach(() => emulator.close())

const put = (value = 'v', key = KEY) =>
  sendSigned(emulator, write('store', groupOf([{ time: 1, contents: [['k', value]] }])), clock.now(), key)
const get = async (path: string, init?: RequestInit) => {
  const answer = await fetch(`${emulator.url}/console/api/${path}`, init)
  const text = await answer.text()
  return { status: answer.status, value: text === '' ? undefined : JSON.parse(text) }
}
const withHeaders = (headers: Record<string, string>) =>
  new Promise<number>((resolve, reject) => {
    const options = { port: emulator.port, host: '127.0.0.1', path: '/console/api/stats', headers }
    request(options, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })

describe('the requests', () => {
  test('are kept with client, sizes and verdict, the newest 500', async () => {
    for (let i = 0; i < 503; i++) await put()
    const records = emulator.inspect().requests
    expect(records.map(({ number }) => number)).toEqual(Array.from({ length: 500 }, (_, i) => i + 4))
    expect(records[0]).toMatchObject({
      method: 'POST',
      target: '/logstores/store/shards/lb',
      project: 'test-project',
      logstore: 'store',
      verdict: 200,
      refusal: undefined,
      client: { address: '127.0.0.1' },
    })
    expect(records[0]?.bodyBytes).toBeGreaterThan(0)
    expect((await get('requests?after=502')).value).toHaveLength(1)
  })

  test('tell of a wrong signature which text was to be signed, and never a secret', async () => {
    await put('v', { ...KEY, accessKeySecret: 'wrong' })
    const { refusal } = emulator.inspect().requests.at(-1) as { refusal: { detail: Record<string, string> } }
    expect(refusal).toMatchObject({ errorCode: 'SignatureNotMatch' })
    expect(refusal.detail.stringToSign).toMatch(/^POST\n[0-9A-F]{32}\napplication\/x-protobuf\n/)
    expect(Object.keys(refusal.detail).sort()).toEqual(['expected', 'sent', 'stringToSign'])
    expect(JSON.stringify(emulator.inspect())).not.toContain(KEY.accessKeySecret)
  })

  test('tell of a wrong digest what was expected', async () => {
    const call = write('store', groupOf([]), { 'content-md5': '0'.repeat(32) })
    await sendSigned(emulator, call, clock.now())
    expect(emulator.inspect().requests.at(-1)?.refusal?.detail).toMatchObject({
      header: 'content-md5',
      sent: '0'.repeat(32),
      expected: 'D41D8CD98F00B204E9800998ECF8427E',
    })
  })

  test('are cut, however long what they hold', async () => {
    await sendSigned(emulator, { path: `/${'x'.repeat(10_000)}` }, clock.now())
    expect(emulator.inspect().requests.at(-1)?.target).toMatch(/^\/x{2047}… \(10001 characters\)$/)
  })

  test('come as events', async () => {
    const reader = await RawConnection.open(emulator.port)
    reader.write(requestText('GET /console/api/requests/events'))
    await reader.until(/text\/event-stream/)
    await put()
    expect(await reader.until(/event: request/)).toMatch(/id: 1\nevent: request\ndata: \{.*"verdict":200/)
    reader.socket.destroy()
  })
})

describe('the figures', () => {
  test('are counted by second for fifteen minutes', async () => {
    const second = clock.now() / 1000
    await put()
    await put()
    clock.jump(5000)
    await put('v', { ...KEY, accessKeySecret: 'wrong' })
    const { throughput } = emulator.inspect()
    expect(throughput).toMatchObject([
      { second, requests: 2, writes: 2, logs: 2, refusals: 0 },
      { second: second + 5, requests: 1, writes: 0, refusals: 1 },
    ])
    clock.jump(15 * 60_000 - 5000)
    expect(emulator.inspect().throughput).toHaveLength(1)
    expect((await get('throughput')).value).toHaveLength(1)
  })

  test('of the logstores', async () => {
    await put()
    expect((await get('logstores')).value).toMatchObject([
      { project: 'test-project', logstore: 'store', shards: 2, openShards: 2, logs: 1, ttlDays: 30 },
    ])
  })
})

describe('the rules', () => {
  test('are made from a form, shown with what they took, and removed', async () => {
    const rule = { match: { logstore: 'store' }, times: 5, then: { status: 503, errorCode: 'ServerBusy' } }
    const made = await get('rules', { method: 'POST', body: JSON.stringify(rule) })
    expect(made).toMatchObject({ status: 201, value: { number: 1, fired: 0, left: 5 } })
    expect((await put()).status).toBe(503)
    expect((await get('rules')).value).toMatchObject([{ fired: 1, left: 4, effect: { status: 503 } }])
    expect((await get('rules/1', { method: 'DELETE' })).status).toBe(204)
    expect((await get('rules/1', { method: 'DELETE' })).status).toBe(404)
    expect((await put()).status).toBe(200)
  })

  test.each([
    [{}, /then must be an object/],
    [{ then: { staus: 503 } }, /staus is unknown/],
    [{ then: { status: '503' } }, /status is not/],
    [{ then: { status: 99 } }, /200 to 599/],
    [{ then: { status: 503.5 } }, /200 to 599/],
    [{ then: { delayMs: -1 } }, /delayMs is not/],
    [{ then: { delayMs: 1e12 } }, /delayMs is not/],
    [{ then: { bytesPerSecond: 0 } }, /bytesPerSecond is not/],
    [{ then: { reset: 'never' } }, /reset is not/],
    [{ then: { headers: { 'a\nb': 'c' } } }, /headers is not/],
    [{ then: {}, times: 0 }, /times/],
    [{ then: {}, match: { path: 5 } }, /path is not/],
    [{ then: {}, when: 'now' }, /when is unknown/],
  ])('are refused by name: %j', async (rule, message) => {
    const { status, value } = await get('rules', { method: 'POST', body: JSON.stringify(rule) })
    expect([status, value.error.message]).toEqual([400, expect.stringMatching(message)])
  })
})

describe('the feeds', () => {
  test.each([
    [{}, 200],
    [{ host: 'localhost:1' }, 200],
    [{ host: 'evil.example' }, 421],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
  ])('are for this machine and its own pages: %j', async (headers, status) => {
    expect(await withHeaders(headers as Record<string, string>)).toBe(status)
  })

  test('know what they do not have', async () => {
    expect((await get('nothing')).status).toBe(404)
  })
})
