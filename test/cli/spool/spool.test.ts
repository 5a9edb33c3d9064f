import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/index.ts'
import { DiskSpool } from '../../../src/spool/index.ts'
import { CliRun } from '../../support/run-cli.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cli-spool-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
})

const keys = { ALIBABA_CLOUD_ACCESS_KEY_ID: 'id', ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'secret' }

function offline() {
  // Nothing listens on the discard port.
  return { ...keys, LOGHUB_ENDPOINT: 'http://127.0.0.1:9', LOGHUB_PROJECT: 'p', LOGHUB_LOGSTORE: 'l' }
}

async function spoolTenLines(): Promise<void> {
  const run = new CliRun(['send', '--spool', directory, '--linger', '1ms', '--timeout', '100ms'], offline())
  for (let n = 0; n < 10; n++) run.child.stdin.write(`line ${n}\n`)
  await run.shows('stderr', 'trying again')
  run.child.kill('SIGINT')
  const { stdout, code } = await run.result()
  expect(JSON.parse(stdout)).toMatchObject({ accepted: 10, delivered: 0, failed: 0, spooled: 10 })
  expect(code).toBe(130)
}

async function online() {
  const emulator = await startEmulator({ port: 0, autoCreate: true })
  onTestFinished(() => emulator.close())
  const env = { ...keys, LOGHUB_ENDPOINT: emulator.url, LOGHUB_PROJECT: 'p', LOGHUB_LOGSTORE: 'l' }
  const lines = () =>
    emulator
      .logs({ project: 'p', logstore: 'l' })
      .map(({ contents }) => contents.find(([key]) => key === 'content')?.[1])
  return { env, lines }
}

describe('loghub send --spool', () => {
  test('what was read offline is on disk, and the next run delivers it', async () => {
    await spoolTenLines()
    const { env, lines } = await online()
    const run = new CliRun(['send', '--spool', directory], env)
    run.child.stdin.end('line 10\n')
    const { stdout, code } = await run.result()
    expect(JSON.parse(stdout)).toMatchObject({ accepted: 1, failed: 0, spooled: 0 })
    expect(code).toBe(0)
    expect(lines().sort()).toEqual(Array.from({ length: 11 }, (_, n) => `line ${n}`).sort())
  })
})

describe('loghub spool', () => {
  test('inspect counts by destination and changes nothing; export writes every log; replay sends them', async () => {
    await spoolTenLines()
    const before = await readdir(directory, { recursive: true })
    const inspected = await new CliRun(['spool', 'inspect', directory], {}).result()
    expect(inspected.code).toBe(0)
    expect(JSON.parse(inspected.stdout)).toMatchObject({
      logs: 10,
      lostLogs: 0,
      destinations: [{ project: 'p', logstore: 'l', logs: 10 }],
    })
    const exported = await new CliRun(['spool', 'export', directory], {}).result()
    const logs = exported.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(logs.map(({ contents }) => contents.content).sort()).toEqual(
      Array.from({ length: 10 }, (_, n) => `line ${n}`),
    )
    expect(logs[0]).toMatchObject({ project: 'p', logstore: 'l', tags: { __pack_id__: expect.any(String) } })
    expect(await readdir(directory, { recursive: true })).toEqual(before)
    const { env, lines } = await online()
    const replayed = await new CliRun(['spool', 'replay', directory], env).result()
    expect(JSON.parse(replayed.stdout)).toMatchObject({ delivered: 10, left: 0 })
    expect(replayed.code).toBe(0)
    expect(lines()).toHaveLength(10)
  })

  test('verify finds damage that inspect does not see, and repair puts it into quarantine', async () => {
    await spoolTenLines()
    const slot = join(directory, 'slot-0')
    const segment = (await readdir(slot)).find((name) => name.endsWith('.segment')) as string
    const bytes = await readFile(join(slot, segment))
    bytes[bytes.length - 3] = (bytes.at(-3) as number) ^ 1
    await writeFile(join(slot, segment), bytes)
    const verified = await new CliRun(['spool', 'verify', directory], {}).result()
    expect(verified.code).toBe(1)
    const { lostLogs, logs } = JSON.parse(verified.stdout)
    expect(lostLogs).toBeGreaterThan(0)
    expect(lostLogs + logs).toBe(10)
    const repaired = await new CliRun(['spool', 'repair', directory], {}).result()
    expect(JSON.parse(repaired.stdout)).toMatchObject({ logs, lostLogs, quarantined: 1, skippedSlots: [] })
    expect(repaired.code).toBe(1)
    expect(await readdir(join(slot, 'quarantine'))).toEqual([segment])
    expect((await new CliRun(['spool', 'verify', directory], {}).result()).code).toBe(0)
    const again = await new CliRun(['spool', 'repair', directory], {}).result()
    expect(JSON.parse(again.stdout)).toMatchObject({ logs, lostLogs: 0, quarantined: 0 })
    expect(again.code).toBe(0)
  })

  test('repair leaves out what is in use, and its exit code says so', async () => {
    const user = await DiskSpool.open({ directory })
    onTestFinished(() => user.close())
    const { stdout, code } = await new CliRun(['spool', 'repair', directory], {}).result()
    expect(JSON.parse(stdout)).toMatchObject({ quarantined: 0, skippedSlots: [0] })
    expect(code).toBe(1)
  })

  test('a path that is no spool is a mistake of the command line, and nothing is made there', async () => {
    const missing = await new CliRun(['spool', 'inspect', join(directory, 'nothing')], {}).result()
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('is not a directory')
    await writeFile(join(directory, 'note'), 'of somebody')
    for (const command of ['inspect', 'repair']) {
      const { code, stderr } = await new CliRun(['spool', command, directory], {}).result()
      expect(code).toBe(2)
      expect(stderr).toContain('is not a spool')
    }
    expect(await readdir(directory)).toEqual(['note'])
  })

  test('a file of bytes that are no batches is damage: repair puts it aside and deletes nothing', async () => {
    const slot = join(directory, 'slot-0')
    await mkdir(slot)
    await writeFile(join(slot, '00000001.segment'), 'garbage'.repeat(1000))
    const verified = await new CliRun(['spool', 'verify', directory], {}).result()
    expect(JSON.parse(verified.stdout)).toMatchObject({ logs: 0, lostLogs: 0, damagedSegments: 1 })
    expect(verified.code).toBe(1)
    expect((await new CliRun(['spool', 'repair', directory], {}).result()).code).toBe(1)
    expect(await readFile(join(slot, 'quarantine', '00000001.segment'), 'utf8')).toBe('garbage'.repeat(1000))
  })

  test('a slot of a newer release is counted and left alone', async () => {
    await spoolTenLines()
    const slot = join(directory, 'slot-0')
    const segment = join(slot, (await readdir(slot)).find((name) => name.endsWith('.segment')) as string)
    const bytes = await readFile(segment)
    bytes.writeUInt16LE(2, 8)
    bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60)
    await writeFile(segment, bytes)
    const inspected = await new CliRun(['spool', 'inspect', directory], {}).result()
    expect(JSON.parse(inspected.stdout)).toMatchObject({ logs: 0, slots: [{ isNewer: true, segments: 1 }] })
    const exported = await new CliRun(['spool', 'export', directory], {}).result()
    expect(exported).toMatchObject({ code: 1, stdout: '' })
    expect(exported.stderr).toContain('newer release')
    const repaired = await new CliRun(['spool', 'repair', directory], {}).result()
    expect(JSON.parse(repaired.stdout)).toMatchObject({ skippedSlots: [0] })
    expect(repaired.code).toBe(1)
    expect((await readFile(segment)).equals(bytes)).toBe(true)
  })
})
