// What a log costs on the application's thread until `send` returns, by form and record, in nanoseconds and in units of
// JSON.stringify of the same contents, beside a pino `info` of them to a file: taken in turns, in CPU time, so that what else runs on the machine shows little.
// Batches are dropped by the sink at once, outside the time taken. Run: node bench/calling-thread.mjs
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Producer } from 'loghub-producer'
import pino from 'pino'
import { cpuNanoseconds, median, round, spreadOf } from './measure.mjs'
import { shapes } from './shapes.mjs'

// Few at a time: were many alive, the garbage collector would carry them about within the time taken.
const LOGS_PER_TURN = 500
const TURNS = 120
const WARM_UP_ROUNDS = 4

const producer = new Producer({
  project: 'bench-project',
  logstore: 'bench-store',
  sink: { send: async () => ({ requestId: 'none' }), close: async () => {} },
})
const writer = producer.writer({ topic: 'topic', source: 'source' })
const ignore = () => {}

/** Each takes the logs of one turn. The sum keeps what JSON.stringify makes from being optimized away. */
let textLength = 0
const forms = {
  'JSON.stringify': (logs) => {
    for (const contents of logs) textLength += JSON.stringify(contents).length
  },
  'writer.trySend': (logs) => {
    for (const contents of logs) writer.trySend(contents)
  },
  'writer.trySend, callback': (logs) => {
    for (const contents of logs) writer.trySend(contents, ignore)
  },
  'writer.send, callback': (logs) => {
    for (const contents of logs) writer.send(contents, ignore)
  },
  'writer.send, promise': (logs) => {
    for (const contents of logs) writer.send(contents)
  },
  'producer.send, callback': (logs) => {
    for (const contents of logs) producer.send({ topic: 'topic', source: 'source', logs: { contents } }, ignore)
  },
  'producer.send, promise': (logs) => {
    for (const contents of logs) producer.send({ topic: 'topic', source: 'source', logs: { contents } })
  },
  'producer.send, list of 100': (logs) => {
    for (let i = 0; i < logs.length; i += 100) {
      const list = logs.slice(i, i + 100).map((contents) => ({ contents }))
      producer.send({ topic: 'topic', source: 'source', logs: list }, ignore)
    }
  },
}

/** pino to a file as it is by default, and with its buffer. */
function addPino() {
  const file = join(tmpdir(), `loghub-bench-pino-${process.pid}.log`)
  const loggers = { 'pino.info, to a file': {}, 'pino.info, to a file, buffered': { sync: false, minLength: 4096 } }
  for (const [form, options] of Object.entries(loggers)) {
    const logger = pino(pino.destination({ dest: file, ...options }))
    forms[form] = (logs) => {
      for (const contents of logs) logger.info(contents)
    }
  }
  return () => rmSync(file, { force: true })
}

/** Nanoseconds a log, once a round, by form. */
async function measureShape(contentsOf, rounds) {
  const taken = Object.fromEntries(Object.keys(forms).map((form) => [form, []]))
  for (let at = 0; at < rounds + WARM_UP_ROUNDS; at++) {
    for (const [form, run] of Object.entries(forms)) {
      let sum = 0
      for (let turn = 0; turn < TURNS; turn++) {
        const logs = Array.from({ length: LOGS_PER_TURN }, (_, i) => contentsOf(turn * LOGS_PER_TURN + i))
        sum += cpuNanoseconds(() => run(logs))
        await producer.flush()
      }
      // The first rounds are for the compiler.
      if (at >= WARM_UP_ROUNDS) taken[form].push(sum / (TURNS * LOGS_PER_TURN))
    }
  }
  return taken
}

export async function measureCallingThread({ rounds = 5, only = Object.keys(shapes) } = {}) {
  const removePinoFile = addPino()
  const rows = []
  for (const shape of only) {
    const taken = await measureShape(shapes[shape], rounds)
    for (const form of Object.keys(forms)) {
      const ratios = taken[form].map((ns, i) => ns / taken['JSON.stringify'][i])
      rows.push({
        record: shape,
        form,
        'ns a log': Math.round(median(taken[form])),
        'JSON.stringify = 1': round(median(ratios), 2),
        spread: spreadOf(ratios, 2),
      })
    }
  }
  await producer.close()
  removePinoFile()
  return rows
}

if (process.argv[1] === import.meta.filename) {
  const [rounds, ...only] = process.argv.slice(2)
  const options = { rounds: Number(rounds ?? 5), ...(only.length > 0 && { only }) }
  console.table(await measureCallingThread(options))
  if (textLength === 0) throw new Error('nothing was measured')
}
