import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { Producer } from '../../../src/index.ts'
import { BUILD_DIR } from '../../support/build-once.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'keep-exit-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
})

/** A program that accepts logs into an open batch, to a service that is down, and ends in the way given. */
async function endBy(ending: string, config: string, waitsForSpool = true): Promise<number | null> {
  const program = `
    const { Producer } = await import(process.env.BUILD)
    const producer = new Producer({
      endpoint: 'http://127.0.0.1:9', project: 'p', logstore: 'l', credentials: { accessKeyId: 'i', accessKeySecret: 's' },
      lingerMs: 60_000, deliveryTimeoutMs: 120_000, exitHook: { timeoutMs: 200 }, ${config}
    })
    const isOpen = () => producer.metrics().spool !== undefined
    if (process.env.WAIT === '1') while (!isOpen()) await new Promise((done) => setTimeout(done, 2))
    for (let n = 0; n < 5; n++) producer.trySend({ logs: { contents: { n: String(n) } } })
    ${ending}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'ignore', 'ignore'],
    env: {
      ...process.env,
      BUILD: pathToFileURL(resolve(BUILD_DIR, 'index.js')).href,
      DIRECTORY: directory,
      WAIT: waitsForSpool ? '1' : '0',
    },
  })
  const [code] = await once(child, 'close')
  return code
}

async function recovered(): Promise<number> {
  const sink = new ScriptedSink()
  const producer = new Producer({ project: 'p', logstore: 'l', sink, spool: { directory } })
  await producer.flush()
  const { logs } = producer.metrics()
  await producer.close()
  expect(logs.delivered).toBe(logs.recovered)
  return logs.recovered
}

const SPOOL = (mode: string) => `spool: { directory: process.env.DIRECTORY, mode: '${mode}' }`

describe.each(['always', 'on-close'])('with exitHook and mode %s, nothing is lost by', (mode) => {
  test.each([
    ['process.exit', 'process.exit(3)', 3],
    ['an uncaught exception', "setTimeout(() => { throw new Error('bug') }, 5)", 1],
    ['an unhandled rejection', "Promise.reject(new Error('bug'))", 1],
    ['SIGTERM', "process.kill(process.pid, 'SIGTERM'); setTimeout(() => {}, 30_000)", null],
    ['the end of the script', '', 0],
  ])('%s', async (name, ending, code) => {
    if (name === 'the end of the script') ending = 'await producer.close({ timeoutMs: 100 })'
    expect(await endBy(ending, SPOOL(mode))).toBe(code)
    expect(await recovered()).toBe(5)
  })
})

test.each(['overflow', 'on-failure'])('with exitHook and mode %s, process.exit loses nothing', async (mode) => {
  expect(await endBy('process.exit(3)', SPOOL(mode))).toBe(3)
  expect(await recovered()).toBe(5)
})

test('also before the spool is open: what was accepted goes to a slot of its own', async () => {
  await endBy('process.exit(0)', SPOOL('always'), false)
  expect(await recovered()).toBe(5)
})

test('without exitHook, process.exit loses what was in open batches', async () => {
  await endBy('process.exit(0)', `${SPOOL('always')}, exitHook: false`)
  expect(await recovered()).toBe(0)
})
