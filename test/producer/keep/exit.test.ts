import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Producer } from '../../../src/index.ts'
import { SPOOL_MODES } from '../../../src/producer/keep/spool-config.ts'
import { BUILD_DIR } from '../../support/build-once.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

// Rows of the table "What survives what" in docs/spool.md that need a real process: its end is the same for a producer of each mode.

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keep-exit-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
})

const SEALED = 5
const OPEN = 2

/**
 * A program with a producer of each mode, to a service that is down: each has a batch that is sealed, on disk with mode `always`, and
 * one that is open. It ends in the way given.
 */
async function endBy(ending: string, { exitHook = false, waits = true } = {}): Promise<number | string> {
  const program = `
    const { Producer } = await import(process.env.BUILD)
    const { MODES, HOOK, WAITS } = process.env
    const producers = MODES.split(',').map((mode) => new Producer({
      endpoint: 'http://127.0.0.1:9', project: 'p', logstore: 'l', credentials: { accessKeyId: 'i', accessKeySecret: 's' },
      lingerMs: 60_000, deliveryTimeoutMs: 120_000, batchCountThreshold: ${SEALED},
      exitHook: HOOK === '1' ? { timeoutMs: 200 } : false,
      logger: { debug() {}, info() {}, warn() {}, error() {} },
      spool: { directory: mode, mode },
    }))
    // The directory is the one that was meant when the producer was made.
    process.chdir('/')
    const send = (producer, count) => {
      for (let n = 0; n < count; n++) producer.trySend({ logs: { contents: { n: String(n) } } })
    }
    const until = async (isSo) => { while (!isSo()) await new Promise((done) => setTimeout(done, 2)) }
    if (WAITS === '1') await until(() => producers.every((producer) => producer.metrics().spool !== undefined))
    for (const producer of producers) send(producer, ${SEALED})
    if (WAITS === '1') await until(() => producers[0].metrics().logs.onDisk === ${SEALED})
    for (const producer of producers) send(producer, ${OPEN})
    const end = () => { ${ending} }
    await end()
    setTimeout(() => {}, 30_000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'ignore'],
    cwd: directory,
    env: {
      ...process.env,
      BUILD: pathToFileURL(resolve(BUILD_DIR, 'index.js')).href,
      MODES: SPOOL_MODES.join(','),
      HOOK: exitHook ? '1' : '0',
      WAITS: waits ? '1' : '0',
    },
  })
  const [code, signal] = await once(child, 'close')
  return signal ?? code
}

/** What the next producer of each mode finds. */
async function recovered(): Promise<number[]> {
  return Promise.all(
    SPOOL_MODES.map(async (mode) => {
      const spool = { directory: join(directory, mode) }
      const producer = new Producer({ project: 'p', logstore: 'l', sink: new ScriptedSink(), spool })
      await producer.flush()
      const { logs } = producer.metrics()
      await producer.close()
      expect(logs.delivered).toBe(logs.recovered)
      return logs.recovered
    }),
  )
}

const ALL = SEALED + OPEN
/** A program is loaded and four producers are opened, which takes a second where nothing else runs. */
const BUSY_MACHINE_MS = 90_000

describe('with exitHook nothing is lost, whatever the mode, by', () => {
  test.each([
    ['process.exit', 'process.exit(3)', 3],
    ['an uncaught exception', "setTimeout(() => { throw new Error('bug') }, 5)", 1],
    ['an unhandled rejection', "Promise.reject(new Error('bug'))", 1],
    ['SIGTERM', "process.kill(process.pid, 'SIGTERM')", 'SIGTERM'],
    ['SIGINT', "process.kill(process.pid, 'SIGINT')", 'SIGINT'],
    ['SIGHUP', "process.kill(process.pid, 'SIGHUP')", 'SIGHUP'],
    [
      'the end of the script',
      'return Promise.all(producers.map((producer) => producer.close({ timeoutMs: 100 }))).then(() => process.exit(0))',
      0,
    ],
  ])(
    '%s',
    async (_, ending, end) => {
      expect(await endBy(ending, { exitHook: true })).toBe(end)
      expect(await recovered()).toEqual([ALL, ALL, ALL, ALL])
    },
    BUSY_MACHINE_MS,
  )

  test(
    'process.exit before the spool is open: what was accepted goes to a slot of its own',
    async () => {
      await endBy('process.exit(0)', { exitHook: true, waits: false })
      expect(await recovered()).toEqual([ALL, ALL, ALL, ALL])
    },
    BUSY_MACHINE_MS,
  )
})

// Nobody can hook these.
describe('what was in open batches, and with any mode but always what was in memory only, is lost by', () => {
  test.each([
    ['process.exit without exitHook', 'process.exit(3)', 3],
    ['an uncaught exception without exitHook', "setTimeout(() => { throw new Error('bug') }, 5)", 1],
    ['an unhandled rejection without exitHook', "Promise.reject(new Error('bug'))", 1],
    ['SIGTERM without exitHook', "process.kill(process.pid, 'SIGTERM')", 'SIGTERM'],
    ['kill -9', "process.kill(process.pid, 'SIGKILL')", 'SIGKILL'],
    ['SIGSEGV', "process.kill(process.pid, 'SIGSEGV')", 'SIGSEGV'],
    ['an abort, as when memory is used up', 'process.abort()', 'SIGABRT'],
  ])(
    '%s',
    async (_, ending, end) => {
      expect(await endBy(ending, { exitHook: end === 'SIGKILL' })).toBe(end)
      expect(await recovered()).toEqual([SEALED, 0, 0, 0])
    },
    BUSY_MACHINE_MS,
  )
})
