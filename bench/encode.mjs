// What it costs to encode a log and write it into a batch, in units of JSON.stringify of the same contents.
// Run: node bench/encode.mjs
import { build } from 'esbuild'

const { outputFiles } = await build({
  entryPoints: ['src/sls/log-encoder.ts'],
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
})
const source = Buffer.from(outputFiles[0].contents).toString('base64')
const { LogEncoder } = await import(`data:text/javascript;base64,${source}`)

const FIXED = 'abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*()_'
const eightFields = (tail) => {
  const contents = {}
  for (let field = 1; field <= 8; field++) contents[`content_key_${field}`] = flat(field + FIXED + tail)
  return contents
}
// A string made by `+` is a tree until something reads it; both contestants get it flat, as parsed or received text is.
const flat = (text) => Buffer.from(text).toString()

const cases = {
  'eight fields of 62 bytes': (i) => eightFields((i * 7919) % 20_000_000),
  'three short fields': (i) => ({ level: 'info', message: 'request served', ms: i % 1000 }),
  'seven fields of an access log': (i) => ({
    method: 'GET',
    path: flat(`/api/v1/users/${i}/orders`),
    status: 200,
    ms: i % 1000,
    userAgent: 'curl/8.5.0',
    traceId: flat(`0123456789abcdef01234567${i % 10}9abcde`),
    message: 'request served by the usual handler',
  }),
  'eight fields of Chinese text': (i) => {
    const contents = {}
    for (let field = 1; field <= 8; field++) contents[`content_key_${field}`] = `第${i}条日志，请求已处理完毕，耗时正常`
    return contents
  },
}

const ROUNDS = 9
const LOGS = 200_000
const target = Buffer.alloc(4 << 20)
const encoder = new LogEncoder()
let sink

function stringify(logs) {
  for (let i = 0; i < LOGS; i++) sink = JSON.stringify(logs[i & 1023])
}

function encode(logs) {
  let at = 0
  for (let i = 0; i < LOGS; i++) {
    encoder.encode(logs[i & 1023], 1_700_000_000_000 + i)
    encoder.writeTo(target, at)
    at += encoder.sizeInBytes
    if (at > 3 << 20) at = 0
  }
}

function nanosecondsPerLog(run, logs) {
  const start = process.hrtime.bigint()
  run(logs)
  return Number(process.hrtime.bigint() - start) / LOGS
}

for (const [name, contentsOf] of Object.entries(cases)) {
  const logs = Array.from({ length: 1024 }, (_, i) => contentsOf(i))
  let json = Number.POSITIVE_INFINITY
  let own = Number.POSITIVE_INFINITY
  for (let round = 0; round < ROUNDS; round++) {
    json = Math.min(json, nanosecondsPerLog(stringify, logs))
    own = Math.min(own, nanosecondsPerLog(encode, logs))
  }
  console.log(`${name}: ${own.toFixed(0)} ns, JSON.stringify ${json.toFixed(0)} ns, ratio ${(own / json).toFixed(2)}`)
}
if (sink === undefined) throw new Error('nothing was measured')
