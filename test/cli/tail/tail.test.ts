import { describe, expect, onTestFinished, test } from 'vitest'
import { Producer } from '../../../src/index.ts'
import { cliEmulator, DESTINATION, environmentOf } from '../../support/cli-emulator.ts'
import { CliRun, runCli } from '../../support/run-cli.ts'
import { splitShard } from '../../support/split-shard.ts'

const credentials = { accessKeyId: 'the-key-id', accessKeySecret: 'the-key-secret' }

/** A logstore with these texts in it, and a producer to write more. */
async function withLogs(...texts: string[]) {
  const { emulator, env } = await cliEmulator({ shards: 1 })
  const producer = new Producer({ ...DESTINATION, endpoint: emulator.url, credentials, source: 'host-1', lingerMs: 0 })
  onTestFinished(async () => {
    await producer.close()
  })
  const write = async (...more: string[]) => {
    const settled = more.map((content) => producer.send({ logs: { contents: { content } } }))
    await producer.flush()
    await Promise.all(settled)
  }
  if (texts.length > 0) await write(...texts)
  return { emulator, env, producer, write }
}

describe('reading a logstore', () => {
  test('prints everything there is and ends', async () => {
    const { env, producer } = await withLogs()
    const time = Date.UTC(2026, 0, 31, 12)
    await producer.send({
      topic: 'web',
      logs: { time, nanoseconds: 5_000_000, contents: { status: 200, path: '/a b' } },
    })
    expect(await runCli(['tail'], env)).toEqual({
      code: 0,
      stdout: '2026-01-31T12:00:00.005Z [web] status=200 path="/a b"\n',
      stderr: '',
    })
  })

  test('gives the lines of a file back as they were sent', async () => {
    const { env } = await cliEmulator({ shards: 1 })
    const text = Array.from({ length: 3000 }, (_, index) => `line ${index} "quoted" \t日志\n`).join('')
    await runCli(['send', '--lanes', '1', '--batch-bytes', '10KB'], env, `${text}\n`)
    expect((await runCli(['tail', '--field', 'content'], env)).stdout).toBe(`${text}\n`)
  })

  test('gives JSON with everything that a log has', async () => {
    const { env, producer } = await withLogs()
    await producer.send({ topic: 'web', logs: { time: 1_700_000_000_000, contents: { a: '1' } } })
    const { stdout } = await runCli(['tail', '--format', 'json'], env)
    expect(JSON.parse(stdout)).toEqual({
      time: '2023-11-14T22:13:20Z',
      topic: 'web',
      source: 'host-1',
      tags: { __pack_id__: expect.stringMatching(/^[0-9A-F]{16}-0$/) },
      contents: { a: '1' },
      shard: 0,
    })
  })

  test('reads every shard, or the one asked for', async () => {
    const { env, emulator } = await cliEmulator({ shards: 4 })
    const sent = Array.from({ length: 40 }, (_, index) => `line ${index}`)
    await runCli(['send', '--batch-bytes', '10'], env, sent.join('\n'))
    const { stdout } = await runCli(['tail', '--field', 'content'], env)
    expect(stdout.trimEnd().split('\n').sort()).toEqual(sent.sort())
    const inShard = emulator.logs(DESTINATION).filter(({ shard }) => shard === 2)
    const one = await runCli(['tail', '--shard', '2', '--format', 'json'], env)
    expect([inShard.length > 0, one.stdout.split('\n').length - 1]).toEqual([true, inShard.length])
    expect(await runCli(['tail', '--shard', '7'], env)).toEqual({
      code: 2,
      stdout: '',
      stderr: 'loghub: there is no shard 7: the logstore has 0, 1, 2, 3\n',
    })
  })

  test('starts where it is told, and ends at the limit', async () => {
    const { env } = await withLogs('one', 'two', 'three')
    const contents = async (...args: string[]) => (await runCli(['tail', '--field', 'content', ...args], env)).stdout
    expect(await contents('--limit', '2')).toBe('one\ntwo\n')
    expect(await contents('--from', 'end')).toBe('')
    expect(await contents('--from', '-10m')).toBe('one\ntwo\nthree\n')
    expect(await contents('--from', '2020-01-01')).toBe('one\ntwo\nthree\n')
    expect(await contents('--from', '2100-01-01T00:00:00Z')).toBe('')
  })

  test('says what is wrong in one line', async () => {
    const { env } = await withLogs('one')
    const missing = await runCli(['tail', '--logstore', 'none'], env)
    expect(missing).toMatchObject({ code: 1, stdout: '' })
    expect(missing.stderr).toMatch(/^loghub: .*LogStoreNotExist.* Create the logstore, or check its name\..*\n$/)
    const down = await runCli(['tail'], environmentOf('http://127.0.0.1:1'))
    expect(down.code).toBe(1)
    expect(down.stderr).toMatch(/trying again.*ECONNREFUSED/)
    expect((await runCli(['tail', '--field', 'a', '--format', 'json'], env)).code).toBe(2)
  })

  test('gets over an answer that fails, and over a wrong clock', async () => {
    const { env, emulator } = await withLogs('one')
    emulator.script({ match: { method: 'GET' }, times: 1, then: { status: 503 } })
    emulator.script({ match: { method: 'GET' }, then: { clockOffsetMs: 3_600_000 } })
    const { code, stdout, stderr } = await runCli(['tail', '--field', 'content'], env)
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'one\n' })
    expect(stderr).toMatch(/^loghub: trying again: .*503.*\n$/)
  })

  test('a reader that goes away ends it quietly', async () => {
    const { env } = await withLogs(...Array.from({ length: 2000 }, () => 'x'.repeat(2000)))
    const run = new CliRun(['tail'], env)
    await run.shows('stdout', 'xxx')
    run.child.stdout.destroy()
    expect(await run.result()).toMatchObject({ code: 0, stderr: '' })
  })
})

describe('choosing logs', () => {
  test('--topic leaves out all others', async () => {
    const { env, producer } = await withLogs('no topic')
    await producer.send({ topic: 'web', logs: { contents: { content: 'of the web' } } })
    const { stdout } = await runCli(['tail', '--field', 'content', '--topic', 'web'], env)
    expect(stdout).toBe('of the web\n')
  })

  test('--query asks the index, page by page', async () => {
    const texts = Array.from({ length: 250 }, (_, index) => `line ${index} ${index % 2 === 0 ? 'even' : 'odd'}`)
    const { env } = await withLogs(...texts)
    const { code, stdout, stderr } = await runCli(['tail', '--field', 'content', '--query', 'even'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toEqual(texts.filter((text) => text.endsWith('even')))
    expect(await runCli(['tail', '-f', '--query', 'even'], env)).toMatchObject({ code: 2 })
  })

  test('--dedupe leaves out the copies of a batch', async () => {
    const { env, emulator, write } = await withLogs()
    emulator.script({ times: 1, then: { reset: 'after' } })
    await write('once')
    expect((await runCli(['tail', '--field', 'content'], env)).stdout).toBe('once\nonce\n')
    expect((await runCli(['tail', '--field', 'content', '--dedupe'], env)).stdout).toBe('once\n')
  })
})

describe('following', () => {
  test('goes on when a shard was split and has expired', async () => {
    const { env, emulator, write } = await withLogs('old')
    const run = new CliRun(['tail', '-f', '--from', 'begin', '--field', 'content'], env)
    await run.shows('stdout', 'old\n')
    await splitShard({ ...DESTINATION, endpoint: emulator.url, credentials }, 0)
    const gone = { status: 404, errorCode: 'ShardNotExist' }
    emulator.script({ match: { path: /\/shards\/0$/ }, then: gone })
    await write('new')
    await run.shows('stdout', 'new\n')
    run.child.kill('SIGINT')
    expect(await run.result()).toEqual({ code: 130, stdout: 'old\nnew\n', stderr: '' })
  })

  test('a Ctrl-C that arrives twice, as under npx, ends it as one does', async () => {
    const { env, emulator } = await withLogs('old')
    const run = new CliRun(['tail', '-f', '--from', 'begin', '--field', 'content'], env)
    await run.shows('stdout', 'old\n')
    emulator.script({ then: { delayMs: 200 } })
    run.child.kill('SIGINT')
    run.child.kill('SIGINT')
    expect(await run.result()).toMatchObject({ code: 130, stderr: '' })
  })

  test('prints what arrives from now on, until Ctrl-C', async () => {
    const { env, emulator, write } = await withLogs('old')
    const run = new CliRun(['tail', '-f', '--field', 'content'], env)
    const pulled = emulator.script({ match: ({ query }) => query.has('cursor'), then: {} })
    while (pulled.fired === 0) await new Promise((resolve) => setImmediate(resolve))
    await write('first')
    await run.shows('stdout', 'first\n')
    await write('second')
    await run.shows('stdout', 'second\n')
    run.child.kill('SIGINT')
    expect(await run.result()).toEqual({ code: 130, stdout: 'first\nsecond\n', stderr: '' })
  })

  test('waits for a logstore that does not exist yet, and misses nothing of it', async () => {
    const { env, write } = await withLogs()
    const run = new CliRun(['tail', '-f', '--field', 'content'], env)
    await run.shows('stderr', 'ProjectNotExist')
    await write('the very first')
    await run.shows('stdout', 'the very first\n')
    run.child.kill('SIGINT')
    expect((await run.result()).code).toBe(130)
  })

  test('outlives a server that fails for a while', async () => {
    const { env, emulator, write } = await withLogs('one')
    const run = new CliRun(['tail', '-f', '--from', 'begin', '--field', 'content'], env)
    await run.shows('stdout', 'one\n')
    emulator.script({ match: { method: 'GET' }, times: 3, then: { reset: 'before' } })
    await run.shows('stderr', 'trying again')
    await write('two')
    await run.shows('stdout', 'two\n')
    run.child.kill('SIGINT')
    expect((await run.result()).stdout).toBe('one\ntwo\n')
  })

  test('Ctrl-C does not wait for a request under way', async () => {
    const { env, emulator } = await withLogs('one')
    const slow = emulator.script({ match: { method: 'GET' }, then: { delayMs: 3_600_000 } })
    const run = new CliRun(['tail', '-f'], env)
    while (slow.fired === 0) await new Promise((resolve) => setImmediate(resolve))
    run.child.kill('SIGINT')
    expect(await run.result()).toEqual({ code: 130, stdout: '', stderr: '' })
  })
})
