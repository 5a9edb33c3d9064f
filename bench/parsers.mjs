// What a line of JSON and a line of an access log cost until they are an encoded log: as bytes, and as text, which the rest of the
// lines takes. Run: node bench/parsers.mjs
import { build } from 'esbuild'
import { cpuNanoseconds, median, round } from './measure.mjs'

const LINES = 1000
const ROUNDS = 40

const load = (contents) =>
  build({
    stdin: { contents, resolveDir: `${import.meta.dirname}/../src`, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  }).then(
    ({ outputFiles }) =>
      import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`),
  )

const { JsonBytes, jsonParser, CombinedBytes, combinedParser, LogBuffer, ByteSource } = await load(`
export { JsonBytes } from './agent/lines/parsers/json-bytes.ts'
export { jsonParser } from './agent/lines/parsers/json.ts'
export { CombinedBytes } from './agent/lines/parsers/combined-bytes.ts'
export { combinedParser } from './agent/lines/parsers/combined.ts'
export { LogBuffer } from './sls/wire/log-buffer.ts'
export { ByteSource } from './sls/wire/byte-source.ts'`)

const TIME_MS = 1_700_000_000_000
const jsonLine = (n) =>
  JSON.stringify({
    level: 30,
    time: TIME_MS + n,
    pid: 4711,
    hostname: 'web-1',
    method: 'GET',
    url: `/orders/${n * 977}`,
    status: 200,
    ms: n / 8,
    ok: n % 5 > 0,
    msg: 'request completed',
  })
const accessLine = (n) =>
  `10.0.${n % 256}.7 - - [10/Oct/2025:13:55:${10 + Math.floor(n / 100)} +0000] "GET /orders/${n * 977}?page=${n} HTTP/1.1" 200 ${n * 31} "https://www.example.com/shop/${n}" "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"`

console.table([
  row('json', jsonLine, new JsonBytes(), jsonParser),
  row('combined', accessLine, new CombinedBytes(), combinedParser),
])

function row(parser, makeLine, byteParser, textParser) {
  const lines = Array.from({ length: LINES }, (_, n) => makeLine(n))
  const bytes = Buffer.from(lines.join('\n'))
  const source = new ByteSource(bytes)
  const logs = new LogBuffer()
  const asBytes = () => {
    logs.clear()
    for (let start = 0; start < bytes.length; ) {
      const feed = bytes.indexOf(10, start)
      const end = feed < 0 ? bytes.length : feed
      if (!byteParser.read(source, start, end, logs, TIME_MS)) throw new Error(`line at ${start} was not read`)
      start = end + 1
    }
  }
  const asText = () => {
    logs.clear()
    for (const line of bytes.toString().split('\n')) logs.add(textParser(line), TIME_MS)
  }
  return {
    parser,
    'bytes a line': round(bytes.length / LINES),
    'ns as bytes': perLine(asBytes),
    'ns as text': perLine(asText),
  }
}

function perLine(run) {
  for (let warm = 0; warm < ROUNDS; warm++) run()
  const tenTimes = () => {
    for (let i = 0; i < 10; i++) run()
  }
  return round(median(Array.from({ length: ROUNDS }, () => cpuNanoseconds(tenTimes))) / LINES / 10)
}
