// What it costs to encode a log and write it into a batch, in CPU time and in units of JSON.stringify of the same
// contents: the measure by which the encoder is tuned. Run: node bench/encode.mjs
import { build } from 'esbuild'
import { cpuNanoseconds, median, round, spreadOf } from './measure.mjs'
import { shapes } from './shapes.mjs'

const ROUNDS = 9
const LOGS = 100_000
const TARGET_SIZE = 3 << 20

/** The encoder is no part of the public face: it is bundled from its source. */
export async function loadEncoder() {
  const entryPoints = ['src/sls/wire/log-encoder.ts']
  const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'esm', platform: 'node' })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}

const { LogEncoder } = await loadEncoder()
const target = Buffer.alloc(TARGET_SIZE + (1 << 20))
const encoder = new LogEncoder()
let textLength = 0

function stringify(logs) {
  for (let i = 0; i < LOGS; i++) textLength += JSON.stringify(logs[i & 1023]).length
}

function encode(logs) {
  let at = 0
  for (let i = 0; i < LOGS; i++) {
    encoder.encode(logs[i & 1023], 1_700_000_000_000 + i)
    encoder.writeTo(target, at)
    at += encoder.sizeInBytes
    if (at > TARGET_SIZE) at = 0
  }
}

export function measureEncoding() {
  return Object.entries(shapes).map(([shape, contentsOf]) => {
    const logs = Array.from({ length: 1024 }, (_, i) => contentsOf(i))
    const rounds = Array.from({ length: ROUNDS }, () => {
      const json = cpuNanoseconds(() => stringify(logs))
      return { json, own: cpuNanoseconds(() => encode(logs)) }
    }).slice(2)
    const ratios = rounds.map(({ own, json }) => own / json)
    return {
      record: shape,
      'ns a log': Math.round(median(rounds.map(({ own }) => own)) / LOGS),
      'JSON.stringify = 1': round(median(ratios), 2),
      spread: spreadOf(ratios, 2),
    }
  })
}

if (process.argv[1] === import.meta.filename) {
  console.table(measureEncoding())
  if (textLength === 0) throw new Error('nothing was measured')
}
