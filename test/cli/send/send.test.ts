import { describe, expect, test, vi } from 'vitest'
import { cliEmulator, DESTINATION, environmentOf, temporaryFile, temporaryFolder } from '../../support/cli-emulator.ts'
import { CliRun, runCli } from '../../support/run-cli.ts'

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `line ${index + 1}`)

describe('sending lines', () => {
  test('a file arrives as it is: order, empty lines, CRLF, no line ending at the end, no byte order mark', async () => {
    const { env, lines } = await cliEmulator({ shards: 1 })
    const path = temporaryFile('app.txt', '\ufefffirst\r\n\r\n  third \nünicode 日志\n\nlast')
    const { code, stdout, stderr } = await runCli(['send', path, '--lanes', '1'], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(lines()).toEqual(['first', '', '  third ', 'ünicode 日志', '', 'last'])
    expect(JSON.parse(stdout)).toEqual({
      accepted: 6,
      delivered: 6,
      failed: 0,
      bad: 0,
      bytes: Buffer.byteLength('\ufefffirst\r\n\r\n  third \nünicode 日志\n\nlast'),
      retries: 0,
      seconds: expect.any(Number),
      errors: {},
      failedLines: [],
    })
  })

  test('many lines in many batches all arrive once', async () => {
    const { env, lines } = await cliEmulator()
    const sent = numbered(50_000)
    const path = temporaryFile('app.txt', `${sent.join('\n')}\n`)
    const { code } = await runCli(['send', path, '--batch-bytes', '64KiB'], env)
    expect(code).toBe(0)
    expect(lines().sort()).toEqual(sent.sort())
  })

  test('files and the standard input are read one after the other', async () => {
    const { env, lines } = await cliEmulator({ shards: 1 })
    const [a, b] = [temporaryFile('a', 'from a\n'), temporaryFile('b', 'from b')]
    const { code } = await runCli(['send', a, '-', b, '--lanes', '1'], env, 'from stdin')
    expect([code, lines()]).toEqual([0, ['from a', 'from stdin', 'from b']])
  })

  test('without files the standard input is read; nothing in it is no error', async () => {
    const { env, lines } = await cliEmulator()
    expect(await runCli(['send'], env, 'one\ntwo\n')).toMatchObject({ code: 0 })
    expect(lines()).toEqual(['one', 'two'])
    expect(await runCli(['send'], env)).toMatchObject({ code: 0, stdout: expect.stringContaining('"accepted":0') })
  })

  test('topic, source and field are the ones asked for', async () => {
    const { env, emulator } = await cliEmulator()
    await runCli(['send', '--topic', 'web', '--source', 'host-1', '--field', 'message'], env, 'hello')
    expect(emulator.logs(DESTINATION)).toMatchObject([
      { topic: 'web', source: 'host-1', contents: [['message', 'hello']] },
    ])
  })

  test('lines with one shard hash go to one shard', async () => {
    const { env, emulator } = await cliEmulator({ shards: 8 })
    await runCli(['send', '--shard-hash', 'user-1', '--batch-bytes', '100'], env, numbered(50).join('\n'))
    const shards = emulator.logs(DESTINATION).map(({ shard }) => shard)
    expect([shards.length, new Set(shards).size]).toEqual([50, 1])
  })

  test('bytes that are not UTF-8 become the replacement character', async () => {
    const { env, lines } = await cliEmulator()
    const path = temporaryFile('latin1', Buffer.from([0x66, 0xfc, 0x72]))
    expect((await runCli(['send', path], env)).code).toBe(0)
    expect(lines()).toEqual(['f\ufffdr'])
  })

  test('a line longer than any log is refused by its number, and the others are sent', async () => {
    const { env, lines } = await cliEmulator({ shards: 1 })
    const path = temporaryFile(
      'long',
      `short\n${'x'.repeat(8 * 1024 * 1024 + 1)}\n${'y'.repeat(8 * 1024 * 1024)}\nend\n`,
    )
    const { code, stdout, stderr } = await runCli(['send', path, '--lanes', '1'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(`${path}:2: a line of 8.4 MB`)
    // Exactly at the limit it is a line, but with its field name no log any more.
    expect(stderr).toContain(`${path}:3: `)
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, delivered: 2, bad: 2 })
    expect(lines()).toEqual(['short', 'end'])
  })
})

describe('sending JSON lines', () => {
  test('members become fields, the time field the time of the log, blank lines nothing', async () => {
    const { env, emulator } = await cliEmulator({ shards: 1 })
    const input = [
      '{"level":"info","ms":12,"tags":{"a":[1]},"none":null,"ts":1700000000}',
      '   ',
      '{"ts":"2026-01-31T12:00:00.123456789+08:00","__proto__":"kept"}',
      '{"ts":1700000000250,"n":1}',
    ].join('\n')
    const { code, stdout } = await runCli(['send', '--json', '--time-field', 'ts', '--lanes', '1'], env, input)
    expect([code, JSON.parse(stdout)]).toEqual([0, expect.objectContaining({ accepted: 3, bad: 0 })])
    const logs = emulator.logs(DESTINATION).map(({ time, nanoseconds, contents }) => [time, nanoseconds, contents])
    expect(logs).toEqual([
      [
        1_700_000_000,
        undefined,
        [
          ['level', 'info'],
          ['ms', '12'],
          ['tags', '{"a":[1]}'],
          ['none', ''],
        ],
      ],
      [Date.UTC(2026, 0, 31, 4) / 1000, 123_456_789, [['__proto__', 'kept']]],
      [1_700_000_000, 250_000_000, [['n', '1']]],
    ])
  })

  const bad = '{"n":1}\nnot json: password=hunter2\n[1]\n{"n":2}\n{"":"empty key"}\n'

  test('lines that are no logs are named by file and line, never quoted, and make the exit code 1', async () => {
    const { env, lines } = await cliEmulator({ shards: 1 })
    const path = temporaryFile('app.jsonl', bad)
    const { code, stdout, stderr } = await runCli(['send', '--json', path, '--lanes', '1'], env)
    expect(code).toBe(1)
    expect(stderr).toContain(`loghub: ${path}:2: not JSON\n`)
    expect(stderr).toContain(`loghub: ${path}:3: not a JSON object but an array\n`)
    expect(stderr).toContain(`loghub: ${path}:5: `)
    expect(stderr).not.toContain('hunter2')
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 2, delivered: 2, failed: 0, bad: 3 })
    expect(lines('n')).toEqual(['1', '2'])
  })

  test('--skip-bad only counts them', async () => {
    const { env } = await cliEmulator()
    const { code, stdout, stderr } = await runCli(['send', '--json', '--skip-bad'], env, bad)
    expect({ code, stderr, bad: JSON.parse(stdout).bad }).toEqual({ code: 0, stderr: '', bad: 3 })
  })

  test('of very many bad lines only the first are told', async () => {
    const { env } = await cliEmulator()
    const { stdout, stderr } = await runCli(['send', '--json'], env, 'x\n'.repeat(1000))
    expect(stderr.split('\n')).toHaveLength(12)
    expect(JSON.parse(stdout).bad).toBe(1000)
  })
})

describe('when something is wrong', () => {
  test('an input that cannot be read ends the command before anything is sent', async () => {
    const { env, emulator } = await cliEmulator()
    const folder = temporaryFolder()
    const good = temporaryFile('good', 'line')
    expect(await runCli(['send', good, `${folder}/none`], env)).toEqual({
      code: 2,
      stdout: '',
      stderr: `loghub: ${folder}/none: no such file\n`,
    })
    const several = (await runCli(['send', `${folder}/a`, good, folder, `${folder}/b`], env)).stderr
    expect(several).toBe(
      `loghub: ${folder}/a: no such file; ${folder}: a directory; name the files in it; ${folder}/b: no such file\n`,
    )
    expect((await runCli(['send', '-', '-'], env)).stderr).toContain("'-' is given twice")
    expect(emulator.stats().requests).toBe(0)
  })

  test.each([
    [['--logstore', 'a b'], /logstore must be/],
    [['--time-field', 'ts'], /--time-field needs --json/],
    [['--batch-bytes', '9MiB'], /--batch-bytes must be 1 to 8MiB/],
    [['--project', '-'], /project '-'/],
    [['--rate', '0'], /--rate must be more than 0/],
    [['--linger', '5s', '--delivery-timeout', '5s'], /--delivery-timeout must be longer than --linger/],
    [['--compression', 'gzip'], /lz4, deflate, zstd, none/],
  ])('%j is refused with exit code 2', async (args, message) => {
    const { code, stderr } = await runCli(['send', ...args], environmentOf('http://127.0.0.1:1'), 'line')
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('a server that is down fails every line, and says why once', async () => {
    const env = environmentOf('http://127.0.0.1:1')
    const { code, stdout, stderr } = await runCli(['send', '--retries', '1'], env, numbered(5).join('\n'))
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 5,
      delivered: 0,
      failed: 5,
      retries: 1,
      errors: { ERR_LOGHUB_NETWORK: 5 },
      failedLines: [{ input: 'stdin', from: 1, to: 5 }],
    })
    expect(stderr.match(/trying again: .*ECONNREFUSED/g)).toHaveLength(1)
    expect(stderr.match(/stdin:1: not delivered: .*ECONNREFUSED/g)).toHaveLength(1)
  })

  test('a batch that is refused costs its own lines only, and they are named', async () => {
    const { env, emulator, lines } = await cliEmulator({ shards: 1 })
    emulator.script({ times: 1, then: { errorCode: 'ProjectForbidden' } })
    const sent = numbered(100)
    const args = ['send', '--lanes', '1', '--batch-bytes', '500']
    const { code, stdout } = await runCli(args, env, sent.join('\n'))
    const { delivered, failed, errors, failedLines } = JSON.parse(stdout)
    expect([code, delivered + failed, errors]).toEqual([1, 100, { ProjectForbidden: failed }])
    expect(failedLines).toEqual([{ input: 'stdin', from: 1, to: failed }])
    expect(lines()).toEqual(sent.slice(failed))
  })

  test('what fails for a while is tried again, counted, and delivered', async () => {
    const { env, emulator, lines } = await cliEmulator()
    emulator.script({ times: 2, then: { errorCode: 'ServerBusy' } })
    const { code, stdout, stderr } = await runCli(['send'], env, 'line')
    expect([code, JSON.parse(stdout).retries, lines()]).toEqual([0, 2, ['line']])
    expect(stderr.match(/trying again: .*ServerBusy/g)).toHaveLength(1)
  })
})

describe('Ctrl-C', () => {
  test('ends the reading, delivers what was read, and says where to go on', async () => {
    const { env, emulator, lines } = await cliEmulator({ shards: 1 })
    emulator.script({ times: 1, then: { delayMs: 300 } })
    const run = new CliRun(['send', '--lanes', '1', '--batch-bytes', '100'], env)
    run.child.stdin.write(`${numbered(50).join('\n')}\nunfinished`)
    await vi.waitFor(() => expect(emulator.stats().requests).toBeGreaterThan(0), { timeout: 10_000 })
    run.child.kill('SIGINT')
    const { code, stdout, stderr } = await run.result()
    expect(code).toBe(130)
    expect(stderr).toContain('interrupted; delivering what was read, 10 s at most')
    expect(JSON.parse(stdout)).toMatchObject({
      accepted: 50,
      delivered: 50,
      failed: 0,
      next: { input: 'stdin', line: 51 },
    })
    expect(lines()).toEqual(numbered(50))
  })

  test('gives up at the deadline what a slow server has not taken, and names the lines', async () => {
    const { env, emulator } = await cliEmulator()
    emulator.script({ then: { delayMs: 3_600_000 } })
    const run = new CliRun(['send', '--batch-bytes', '100', '--timeout', '50ms'], env)
    run.child.stdin.write(`${numbered(20).join('\n')}\n`)
    await vi.waitFor(() => expect(emulator.stats().requests).toBeGreaterThan(0), { timeout: 10_000 })
    run.child.kill('SIGINT')
    const { code, stdout } = await run.result()
    expect(code).toBe(130)
    const { errors, failedLines, ...counts } = JSON.parse(stdout)
    expect(counts).toMatchObject({ accepted: 20, delivered: 0, failed: 20, next: { input: 'stdin', line: 21 } })
    expect(errors).toEqual({ ERR_LOGHUB_CLOSED: 20 })
    expect(failedLines).toEqual([{ input: 'stdin', from: 1, to: 20 }])
  })

  test('a second time ends at once', async () => {
    const { env, emulator } = await cliEmulator()
    emulator.script({ then: { delayMs: 3_600_000 } })
    const run = new CliRun(['send', '--batch-bytes', '10', '--timeout', '1h'], env)
    run.child.stdin.write('line\n')
    await vi.waitFor(() => expect(emulator.stats().requests).toBeGreaterThan(0), { timeout: 10_000 })
    run.child.kill('SIGINT')
    await run.shows('stderr', 'Ctrl-C again')
    await vi.waitFor(
      () => {
        run.child.kill('SIGINT')
        expect(run.child.exitCode).toBe(130)
      },
      { timeout: 10_000, interval: 50 },
    )
    expect(await run.result()).toMatchObject({ code: 130, stdout: '' })
  })

  test('SIGTERM does the same, with its own exit code', async () => {
    const { env, emulator } = await cliEmulator()
    const run = new CliRun(['send', '--batch-bytes', '10'], env)
    run.child.stdin.write('line\n')
    await vi.waitFor(() => expect(emulator.stats().logs).toBe(1), { timeout: 10_000 })
    run.child.kill('SIGTERM')
    expect((await run.result()).code).toBe(143)
  })
})

describe('settings of the delivery', () => {
  test('a delivery timeout shorter than the usual linger is taken: the linger follows it', async () => {
    const { env, lines } = await cliEmulator()
    const { code, stderr } = await runCli(['send', '--delivery-timeout', '2s'], env, 'line')
    expect({ code, stderr, lines: lines() }).toEqual({ code: 0, stderr: '', lines: ['line'] })
  })

  test.each(['lz4', 'deflate', 'none'])('--compression %s is that of the bodies', async (compression) => {
    const { env, emulator } = await cliEmulator()
    const seen = new Set<unknown>()
    emulator.script({ then: ({ headers }) => void seen.add(headers['x-log-compresstype'] ?? 'none') })
    const text = numbered(1000).join('\n')
    expect(await runCli(['send', '--compression', compression], env, text)).toMatchObject({ code: 0 })
    expect([...seen]).toEqual([compression])
  })

  test('--rate holds the bytes of a second back, and --linger the lines of a pipe', async () => {
    const { env, emulator } = await cliEmulator()
    const text = `${'x'.repeat(1000)}\n`.repeat(60)
    const args = ['send', '--compression', 'none', '--rate', '20KB', '--batch-bytes', '5KB', '--linger', '50ms']
    const { code, stdout } = await runCli(args, env, text)
    expect(code).toBe(0)
    // The first second's worth may go at once.
    expect(JSON.parse(stdout).seconds).toBeGreaterThan(1)
    expect(emulator.stats().writes).toBeGreaterThan(5)
  })

  test('keys that the service refuses end it at once', async () => {
    const { env, emulator } = await cliEmulator({
      credentials: { accessKeyId: 'the-key-id', accessKeySecret: 'another' },
    })
    const path = temporaryFile('app.txt', numbered(100).join('\n'))
    const { code, stdout, stderr } = await runCli(['send', path, '--batch-bytes', '100'], env)
    expect(code).toBe(1)
    expect(stderr).toMatch(/the keys are refused, so nothing more is sent/)
    expect(stderr).not.toMatch(/closed/)
    const summary = JSON.parse(stdout)
    expect(Object.keys(summary.errors)).toEqual(['SignatureNotMatch'])
    expect(summary).toMatchObject({
      delivered: 0,
      seconds: expect.toSatisfy((seconds: number) => seconds < 5),
    })
    expect(emulator.stats().requests).toBeLessThan(30)
  })

  test('numbers of JSON lines keep the digits they are written with', async () => {
    const { env, emulator } = await cliEmulator()
    const line = '{"id": 9007199254740993, "price": 1.10, "huge": 1e400, "in": {"id": 12345678901234567890}}'
    expect(await runCli(['send', '--json'], env, line)).toMatchObject({ code: 0 })
    expect(emulator.logs(DESTINATION)[0]?.contents).toEqual([
      ['id', '9007199254740993'],
      ['price', '1.10'],
      ['huge', '1e400'],
      ['in', '{"id":12345678901234567890}'],
    ])
  })
})
