// What a line of a logger costs the application: time on the calling thread until the call returns, beside the logger
// to a file. The service is a process of its own. Run: npm run build && nice node bench/integrations.mjs [logs a round]
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Producer } from 'loghub-producer'
import { pinoStream } from 'loghub-producer/pino'
import { LoghubTransport } from 'loghub-producer/winston'
import pino from 'pino'
import winston from 'winston'
import { median, spreadOf } from './measure.mjs'

const ROUNDS = 5
const LOGS_PER_TURN = 10
const FILE = join(tmpdir(), `loghub-bench-integrations-${process.pid}.log`)
const RECORD = { req: { method: 'GET', path: '/orders/7' }, status: 200, ms: 12.5, user: 'ada' }

/** Each gives a function that logs once, and one that ends it. */
const contestants = {
  'pino, to a file': () => ofPino(pino.destination({ dest: FILE, sync: false, minLength: 4096 })),
  'pino, our stream': (config) => {
    const producer = new Producer({ ...config, totalSizeInBytes: 1 << 29 })
    return { ...ofPino(pinoStream(producer)), end: () => producer.close() }
  },
  'pino, our transport': (config) => {
    const transport = pino.transport({ target: 'loghub-producer/pino', options: { config } })
    return { ...ofPino(transport), end: () => void transport.end() }
  },
  'pino, a request for each line': ({ endpoint }) => {
    const pending = new Set()
    const write = (body) => {
      const request = fetch(endpoint, { method: 'POST', body }).then((answer) => answer.arrayBuffer())
      pending.add(request)
      request.finally(() => pending.delete(request)).catch(() => {})
    }
    return { ...ofPino({ write }), end: () => Promise.allSettled(pending), logs: 300 }
  },
  'winston, to a file': () => ofWinston(new winston.transports.File({ filename: FILE })),
  'winston, our transport': (config) => ofWinston(new LoghubTransport({ config })),
}

function ofPino(destination) {
  const logger = pino({ base: null }, destination)
  return { log: () => logger.info(RECORD, 'served'), end: () => {} }
}

function ofWinston(transport) {
  const logger = winston.createLogger({ transports: [transport] })
  const end = async () => {
    logger.end()
    await once(transport, 'finish')
  }
  // Beyond its buffer winston only queues: that would be measured in place of logging.
  const drained = async () => {
    while (logger.writableLength > 0) await setImmediate()
  }
  return { log: () => logger.info('served', RECORD), end, drained }
}

/**
 * Microseconds a line, of each turn. Other threads are not counted, nor what the event loop does between the turns, in which
 * what is buffered goes out.
 */
async function measure({ log, drained = () => setImmediate() }, logs) {
  const turns = []
  for (let done = 0; done < logs; done += LOGS_PER_TURN) {
    const start = performance.now()
    for (let i = 0; i < LOGS_PER_TURN; i++) log()
    turns.push(((performance.now() - start) * 1000) / LOGS_PER_TURN)
    await drained()
  }
  return turns
}

async function startService() {
  const program = `import { startEmulator } from 'loghub-producer/emulator'
    const emulator = await startEmulator({ autoCreate: true })
    console.log(emulator.url)`
  const options = { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] }
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], options)
  const [url] = await once(child.stdout.setEncoding('utf8'), 'data')
  return { endpoint: url.trim(), stop: () => child.kill() }
}

export async function measureIntegrations({ logs = 2_000 } = {}) {
  const { endpoint, stop } = await startService()
  const config = {
    endpoint,
    project: 'bench',
    logstore: 'bench',
    credentials: { accessKeyId: 'a', accessKeySecret: 'b' },
  }
  const rows = []
  for (const [name, make] of Object.entries(contestants)) {
    const contestant = make(config)
    const count = contestant.logs ?? logs
    await measure(contestant, count) // for the compiler
    const taken = []
    for (let round = 0; round < ROUNDS; round++) taken.push(median(await measure(contestant, count)))
    await contestant.end()
    rows.push({ logger: name, 'µs a line': median(taken).toFixed(1), spread: spreadOf(taken, 1) })
  }
  stop()
  rmSync(FILE, { force: true })
  return rows
}

if (process.argv[1] === import.meta.filename) {
  const [logs = 2_000] = process.argv.slice(2).map(Number)
  console.table(await measureIntegrations({ logs }))
}
