// The parts of the producer alone, each in CPU time a log, and their sum beside what a log costs end to end: the distance
// is what the pipeline itself takes. The vendor's record, batches of 512 KiB and 3 MiB. Run: node bench/parts.mjs
import { createHash, createHmac } from 'node:crypto'
import { compress } from 'lz4-napi'
import { Client } from 'undici'
import { loadEncoder } from './encode.mjs'
import { median, round, runScript } from './measure.mjs'
import { record } from './record.mjs'
import { startSinkProcess } from './sink.mjs'

const KIB = 1024
let lookedAt = 0
const ROUNDS = 7
const SIZES = { '512 KiB': [512 * KIB, 4096], '3 MiB': [3 * 1024 * KIB, 40_960] }

/** Median CPU time of a round, in microseconds. */
async function cpuMicroseconds(run) {
  const taken = []
  for (let at = 0; at < ROUNDS + 2; at++) {
    const before = process.cpuUsage()
    await run()
    const { user, system } = process.cpuUsage(before)
    if (at >= 2) taken.push(user + system)
  }
  return median(taken)
}

async function repeat(times, run) {
  for (let at = 0; at < times; at++) await run()
}

/** As many logs as fill a batch, encoded. The records are made inside: an application makes its logs, too. */
function fill(encoder, target, size, logs) {
  let at = 0
  let count = 0
  while (at < size && count < logs) {
    encoder.encode(record(count++).contents, 1_700_000_000_000)
    encoder.writeTo(target, at)
    at += encoder.sizeInBytes
  }
  return { count, raw: target.subarray(0, at) }
}

function sign(body) {
  const md5 = createHash('md5').update(body).digest('hex').toUpperCase()
  return createHmac('sha1', 'secret')
    .update(`POST\n${md5}\napplication/x-protobuf\nx-log-bodyrawsize:1`)
    .digest('base64')
}

async function partsOf(name, encoder, sink) {
  const [size, logs] = SIZES[name]
  const target = Buffer.allocUnsafeSlow(size + 64 * KIB)
  const { count, raw } = fill(encoder, target, size, logs)
  const body = (await compress(raw)).subarray(4)
  const batches = Math.ceil(40_000 / count)
  const client = new Client(`http://127.0.0.1:${sink.port}`, { pipelining: 1 })
  const post = () =>
    new Promise((resolve, reject) => {
      const ends = { onResponseEnd: () => resolve(), onResponseError: (_, error) => reject(error) }
      const rest = { onRequestStart() {}, onResponseStart() {}, onResponseData() {} }
      client.dispatch({ method: 'POST', path: '/', body }, { ...rest, ...ends })
    })
  const perLog = async (run) => (await cpuMicroseconds(() => repeat(batches, run))) / batches / count
  const parts = {
    'making the record': await perLog(() => {
      // Looked at, or the compiler leaves it out.
      for (let i = 0; i < count; i++) lookedAt += Object.keys(record(i).contents).length
    }),
    'making and encoding it': await perLog(() => fill(encoder, target, size, logs)),
    compress: await perLog(() => compress(raw)),
    'sign (MD5, HMAC)': await perLog(() => sign(body)),
    request: await perLog(post),
  }
  await client.close()
  const run = await runScript('contestant.mjs', [sink.port, 1_000_000, 0, size, logs, 0, 200_000])
  return { parts, endToEnd: (run.cpuSeconds * 1e6) / run.logs }
}

export async function measureParts() {
  const { LogEncoder } = await loadEncoder()
  const sink = await startSinkProcess()
  const rows = []
  for (const name of Object.keys(SIZES)) {
    const { parts, endToEnd } = await partsOf(name, new LogEncoder(), sink)
    const { 'making the record': making, ...rest } = parts
    const sum = Object.values(rest).reduce((total, part) => total + part, 0)
    const all = { 'making the record': making, ...rest, 'sum of the parts': sum, 'end to end': endToEnd }
    for (const [part, us] of Object.entries(all)) rows.push({ batch: name, part, 'CPU us a log': round(us, 2) })
  }
  await sink.close()
  return rows
}

if (process.argv[1] === import.meta.filename) {
  console.table(await measureParts())
  if (lookedAt === 0) throw new Error('nothing was measured')
}
