import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startEmulator } from '../../src/emulator/index.ts'
import { BUILD_DIR } from '../support/build-once.ts'

const producerUrl = pathToFileURL(resolve(BUILD_DIR, 'index.js')).href

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program that has a `producer` for the emulator. `signal` is sent once it has written `ready`. */
async function run(program: string, { signal }: { signal?: NodeJS.Signals } = {}) {
  const emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  const config = {
    ...{ endpoint: emulator.url, project: 'proj', logstore: 'logs', lingerMs: 50 },
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
  }
  const source = `
    import { Producer, SinkError } from ${JSON.stringify(producerUrl)}
    const config = ${JSON.stringify(config)}
    ${program}`
  const child = spawn(process.execPath, ['--unhandled-rejections=strict', '--input-type=module', '--eval', source])
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = await new Promise<Ended>((resolveEnded) => {
    const output = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk
      if (signal !== undefined && output.stdout.includes('ready')) child.kill(signal)
    })
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk
    })
    child.on('close', (code, killedBy) => resolveEnded({ code, signal: killedBy, ...output }))
  })
  const stored = emulator.logs({ project: 'proj', logstore: 'logs' }).map(({ contents }) => contents[0]?.[1])
  return { ...ended, stored }
}

describe('a process', () => {
  test('with an idle producer ends by itself', async () => {
    expect(await run('new Producer(config)')).toMatchObject({ code: 0, stderr: '', stored: [] })
  })

  test('with a producer that has become idle ends by itself, its connections notwithstanding', async () => {
    const ended = await run(`
      const producer = new Producer(config)
      await producer.send({ logs: { contents: { n: '1' } } })
      console.log('sent')`)
    expect(ended).toMatchObject({ code: 0, stdout: 'sent\n', stderr: '', stored: ['1'] })
  })

  test('stays until what it sent without waiting is delivered', async () => {
    const ended = await run(`
      const producer = new Producer(config)
      for (let n = 0; n < 100; n++) producer.send({ logs: { contents: { n } } })
      producer.writer({ topic: 'other' }).trySend({ n: 'last' })
      process.on('exit', () => console.log(producer.metrics().logs.delivered))`)
    expect(ended).toMatchObject({ code: 0, stdout: '101\n', stderr: '' })
    expect(ended.stored.length).toBe(101)
  })

  test('is not brought down by failures that nobody waits for', async () => {
    const ended = await run(`
      const producer = new Producer({ ...config, retries: 0, endpoint: 'http://127.0.0.1:1' })
      producer.send({ logs: { contents: { n: 1 } } })
      producer.send({ logs: [] })
      producer.writer().send({ '': 'no key' })
      producer.on('failure', () => { throw new Error('broken listener') })
      process.on('exit', () => console.log(JSON.stringify(producer.metrics().logs)))`)
    expect(ended.code).toBe(0)
    expect(JSON.parse(ended.stdout)).toMatchObject({ accepted: 1, failed: 1, refused: 2, inMemory: 0 })
    expect(ended.stderr).toContain('broken listener')
  })

  test('ends promptly after close, long lingers and back-offs notwithstanding', async () => {
    const ended = await run(`
      const failing = { send: async () => { throw new SinkError('ERR_LOGHUB_NETWORK', 'down', { failureClass: 'quota', retryAfterMs: 100_000 }) }, close: async () => {} }
      const producer = new Producer({ ...config, lingerMs: 60_000 })
      const logger = { debug() {}, info() {}, warn() {}, error() {} }
      const broken = new Producer({ project: 'p', logstore: 'l', lingerMs: 0, sink: failing, logger })
      producer.trySend({ logs: { contents: { n: '1' } } })
      broken.trySend({ logs: { contents: { n: '2' } } })
      const reports = await Promise.all([producer.close(), broken.close({ timeoutMs: 100 })])
      console.log(JSON.stringify(reports))`)
    expect(ended).toMatchObject({ code: 0, stored: ['1'] })
    expect(JSON.parse(ended.stdout)).toEqual([
      { delivered: 1, failed: 0, abandoned: 0, spooled: 0 },
      { delivered: 0, failed: 0, abandoned: 1, spooled: 0 },
    ])
  })

  const waiting = (exitHook: boolean) => `
    const producer = new Producer({ ...config, lingerMs: 60_000, exitHook: ${exitHook} })
    producer.trySend({ logs: { contents: { n: '1' } } })
    console.log('ready')`

  test.each(['SIGTERM', 'SIGINT'] as const)(
    'with the exit hook delivers on %s, and ends by the signal',
    async (signal) => {
      expect(await run(waiting(true), { signal })).toMatchObject({ code: null, signal, stderr: '', stored: ['1'] })
    },
  )

  test('without the exit hook leaves signals alone', async () => {
    expect(await run(waiting(false), { signal: 'SIGTERM' })).toMatchObject({ signal: 'SIGTERM', stored: [] })
  })
})
