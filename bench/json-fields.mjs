// What it costs to read a line of JSON with the digits of its numbers, in units of JSON.parse. Run: node bench/json-fields.mjs
import { build } from 'esbuild'
import { cpuNanoseconds, median, round, spreadOf } from './measure.mjs'
import { shapes } from './shapes.mjs'

const LINES = 50_000
const entryPoints = ['src/core/json-fields.ts']
const { outputFiles } = await build({ entryPoints, bundle: true, write: false, format: 'esm', platform: 'node' })
const { parseJsonFields } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
)

const line = (i, extra) => JSON.stringify(shapes['twenty fields, nested'](i)).replace(/}$/, `${extra}}`)
const lines = { 'no such number': '', 'an id of 64 bits': ',"id":1234567890123456789' }
let read = 0
for (const [name, extra] of Object.entries(lines)) {
  const texts = Array.from({ length: 1024 }, (_, i) => line(i, extra))
  const run = (parse) =>
    cpuNanoseconds(() => {
      for (let i = 0; i < LINES; i++) read += parse(texts[i & 1023]).pid
    })
  const rounds = Array.from({ length: 9 }, () => run(parseJsonFields) / run(JSON.parse)).slice(2)
  console.log(`${name}: ${round(median(rounds), 2)} (${spreadOf(rounds, 2)})`)
}
if (read === 0) throw new Error('nothing was measured')
