import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { groupOf, HOST } from './support/client.ts'

// By hand: MUTATIONS=1000000 MUTATION_SECONDS=3600 npx vitest run test/emulator/mutations.test.ts
const COUNT = Number(process.env.MUTATIONS ?? 20_000)
const SECONDS = Number(process.env.MUTATION_SECONDS ?? 12)
const AT_ONCE = 16

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ autoCreate: true, maxBytes: 8 * 1024 * 1024, maxScannedLogs: 10_000 })
})
afterAll(() => emulator.close())

let seed = 20_260_101
function random(below: number): number {
  seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((seed / 2 ** 32) * below)
}
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T

const NASTY = [
  '',
  '0',
  '-1',
  '1e400',
  '9007199254740993',
  'NaN',
  '%00',
  '\u0000',
  '../..',
  '__proto__',
  '((((',
  '"',
  '| select 1',
  'a*b*c*',
  '*',
  '{}',
  '[]',
  'null',
  '💥',
  'x'.repeat(3000),
]
const PATHS = [
  '/',
  '/logstores',
  '/logstores/store',
  '/logstores/store/logs',
  '/logstores/store/index',
  '/logstores/store/shards',
  '/logstores/store/shards/0',
  '/logstores/store/shards/lb',
  '/logstores/store/shards/route',
  '/logstores/store/track',
  '/logstores/store/consumergroups',
  '/logstores/store/consumergroups/g',
  '/tag',
  '/untag',
  '/tags',
  '/dashboards',
  '/health',
  '/console/api/rules',
  '/console/api/requests',
]
const QUERY = {
  type: ['log', 'logs', 'cursor', 'cursor_time', 'histogram', 'context_log', 'heartbeat', 'checkpoint'],
  from: ['0', 'begin', 'end'],
  to: ['4000000000'],
  query: ['*', 'a and b', 'not a', 'k: v'],
  line: ['10'],
  offset: ['5'],
  interval: ['60'],
  cursor: ['MA=='],
  count: ['10'],
  action: ['split', 'merge'],
  key: ['0f'],
  consumer: ['me'],
  shard: ['0'],
  reverse: ['true'],
  topic: ['t'],
  pack_id: ['A-1'],
  pack_meta: ['0|0'],
  back_lines: ['3'],
  offsetx: ['1'],
}
const HEADERS = {
  'x-log-bodyrawsize': ['10', '1000'],
  'x-log-compresstype': ['lz4', 'zstd', 'deflate', 'gzip'],
  'x-log-mode': ['batch_group'],
  'content-type': ['application/x-protobuf', 'application/json'],
  'x-log-hashkey': ['0f'],
  'accept-encoding': ['lz4', 'zstd', 'deflate'],
  'x-log-apiversion': ['0.6.0'],
}
const group = groupOf([
  { time: 1, contents: [['k', 'v']] },
  { time: 2, contents: [['k', 'w']] },
])
const BODIES = [
  group,
  Buffer.from('{"logstoreName":"s","shardCount":2}'),
  Buffer.from('{"from":0,"to":4000000000,"query":"*"}'),
  Buffer.from('{"consumerGroup":"g","timeout":30}'),
  Buffer.from('{"__logs__":[{"a":"b"}]}'),
  Buffer.from('[0,1]'),
  Buffer.from('{"then":{"delayMs":1}}'),
  Buffer.alloc(0),
]

function mutated(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  for (let i = random(3); i > 0 && copy.length > 0; i--) copy[random(copy.length)] = random(256)
  return random(4) === 0 ? copy.subarray(0, random(copy.length + 1)) : copy
}

function some(known: Readonly<Record<string, readonly string[]>>): Record<string, string> {
  const chosen: Record<string, string> = {}
  for (const [name, values] of Object.entries(known)) {
    if (random(3) === 0) chosen[name] = random(5) === 0 ? pick(NASTY) : pick(values)
  }
  return chosen
}

/** The status, or 0 where the emulator ended the connection: a request may break HTTP itself. */
function ask(): Promise<number> {
  const query = new URLSearchParams(some(QUERY))
  const path = `${random(20) === 0 ? `/${encodeURIComponent(pick(NASTY))}` : pick(PATHS)}?${query}`
  const headers: Record<string, string> = {
    host: HOST,
    date: new Date().toUTCString(),
    'x-log-apiversion': '0.6.0',
    'x-log-signaturemethod': 'hmac-sha1',
    authorization: 'LOG id:AAAA',
  }
  for (const [name, value] of Object.entries(some(HEADERS))) if (/^[\x20-\x7e]*$/.test(value)) headers[name] = value
  const method = pick(['GET', 'GET', 'POST', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
  const body = method === 'GET' ? Buffer.alloc(0) : mutated(pick(BODIES))
  headers['content-length'] = String(body.length)
  return new Promise((resolve) => {
    const request = httpRequest(
      { host: '127.0.0.1', port: emulator.port, path, method, headers, agent: false },
      (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode ?? 0))
        response.on('error', () => resolve(0))
      },
    )
    request.on('error', () => resolve(0))
    request.end(body)
  })
}

test(
  `${COUNT} mutated requests, or as many as fit in ${SECONDS} s, find no bug and leave nothing unbounded`,
  async () => {
    const end = Date.now() + SECONDS * 1000
    const statuses = new Map<number, number>()
    let done = 0
    const worker = async () => {
      while (done < COUNT && Date.now() < end) {
        done++
        const status = await ask()
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    // By hand it is of interest how many fitted in the time.
    if (process.env.MUTATIONS !== undefined) console.log(`${done} requests, by status:`, Object.fromEntries(statuses))
    const bugs = emulator.inspect().requests.filter(({ refusal }) => refusal?.errorCode === 'InternalServerError')
    expect(bugs.map(({ method, target, refusal }) => [method, target, refusal?.message])).toEqual([])
    expect(statuses.get(500) ?? 0).toBe(0)
    expect(statuses.get(200) ?? 0).toBeGreaterThan(done / 50)
    const { storedBytes, metadataBytes } = emulator.stats()
    expect(storedBytes).toBeLessThanOrEqual(8 * 1024 * 1024)
    expect(metadataBytes).toBeLessThanOrEqual(32 * 1024 * 1024)
  },
  SECONDS * 1000 + 20_000,
)
