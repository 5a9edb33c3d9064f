// What it costs to copy a line from buffer to buffer, by one call, byte by byte or eight bytes at a time, or to move it within one; and
// what a line costs on its way into a batch. That lines are moved (`src/sls/wire/line-logs.ts`), and the threshold of
// `src/sls/wire/byte-source.ts`, come from here. Run: node bench/lines.mjs
import { build } from 'esbuild'
import { cpuNanoseconds, median, round } from './measure.mjs'

const LENGTHS = [8, 16, 24, 32, 40, 48, 56, 64, 96, 128, 256, 1024]
const ROUNDS = 7
const BYTES_A_ROUND = 8 << 20

const { LineLogs } = await load('src/sls/wire/line-logs.ts')

const target = Buffer.alloc(BYTES_A_ROUND * 4)
const columns = LENGTHS.map((length) => {
  const lines = linesOf(length)
  const copied = () => copyEach(lines)
  const looped = () => loopEach(lines)
  const eights = () => eightsEach(lines)
  const moved = () => moveEach(lines)
  const encoded = () => encodeEach(lines)
  return {
    'bytes a line': length,
    'ns by copy()': perLine(copied, lines.count),
    'ns byte by byte': perLine(looped, lines.count),
    'ns eight at a time': perLine(eights, lines.count),
    'ns moved': perLine(moved, lines.count),
    'ns as a log': perLine(encoded, lines.count),
  }
})
console.table(columns)

function linesOf(length) {
  const count = Math.floor(BYTES_A_ROUND / (length + 1))
  const starts = Array.from({ length: count }, (_, line) => line * (length + 1))
  const ends = starts.map((start) => start + length)
  return { buffer: Buffer.alloc(BYTES_A_ROUND, 'x'), starts, ends, count, timeMs: 1_700_000_000_000 }
}

function copyEach({ buffer, starts, ends, count }) {
  let at = 0
  for (let line = 0; line < count; line++) at += buffer.copy(target, at, starts[line], ends[line])
}

function loopEach({ buffer, starts, ends, count }) {
  let at = 0
  for (let line = 0; line < count; line++) {
    for (let from = starts[line]; from < ends[line]; from++) target[at++] = buffer[from]
  }
}

function eightsEach({ buffer, starts, ends, count }) {
  const [from, to] = [buffer, target].map(({ buffer, byteOffset, length }) => new DataView(buffer, byteOffset, length))
  let at = 0
  for (let line = 0; line < count; line++) {
    const start = starts[line]
    const length = ends[line] - start
    // The last eight overlap those before them.
    for (let i = 0; i < length; i += 8) {
      const byte = Math.min(i, length - 8)
      to.setInt32(at + byte, from.getInt32(start + byte, true), true)
      to.setInt32(at + byte + 4, from.getInt32(start + byte + 4, true), true)
    }
    at += length
  }
}

function moveEach({ buffer, starts, ends, count }) {
  buffer.copy(target, buffer.length)
  let at = 0
  for (let line = 0; line < count; line++) {
    target.copyWithin(at, buffer.length + starts[line], buffer.length + ends[line])
    at += ends[line] - starts[line]
  }
}

function encodeEach(lines) {
  const logs = new LineLogs(lines)
  let sizeInBytes = 0
  for (let line = 0; line < lines.count; line++) sizeInBytes += logs.sizeOf(line)
  logs.select(0, lines.count, sizeInBytes)
  logs.writeTo(target, 0)
}

function perLine(run, count) {
  const rounds = Array.from({ length: ROUNDS }, () => cpuNanoseconds(run)).slice(2)
  return round(median(rounds) / count, 1)
}

/** The encoder is no part of the public face: it is bundled from its source. */
async function load(entryPoint) {
  const { outputFiles } = await build({
    entryPoints: [entryPoint],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`)
}
