import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FileCheckpoints } from '../../../src/agent/checkpoint/file-checkpoints.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { eventually, temporaryFolder } from '../support/start-agent.ts'

function open(directory = join(temporaryFolder(), 'state')) {
  const clock = new ManualClock()
  const warnings: string[] = []
  const store = new FileCheckpoints({
    directory,
    clock,
    logger: { ...silentLogger, warn: (text) => warnings.push(text) },
  })
  const file = join(directory, 'checkpoints.json')
  const onDisk = () =>
    existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as { inputs: unknown }).inputs : undefined
  return { store, clock, warnings, directory, file, onDisk }
}

test('values are written at most once a second, and at the end', async () => {
  const { store, clock, onDisk, file } = open()
  store.save('a', 1)
  await clock.advance(0)
  await eventually(() => onDisk() !== undefined)
  await store.flush()
  store.save('a', 2)
  await clock.advance(500)
  expect(onDisk()).toEqual({ a: 1 })
  await clock.advance(500)
  await eventually(() => JSON.stringify(onDisk()) === '{"a":2}')
  store.save('b', { offset: 3 })
  await store.close()
  expect(onDisk()).toEqual({ a: 2, b: { offset: 3 } })
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(clock.timerCount).toBe(0)
})

test('the next process reads what the last one wrote', async () => {
  const { store, directory } = open()
  store.save('a', { offset: 7 })
  await store.close()
  expect(open(directory).store.load('a')).toEqual({ offset: 7 })
})

test.each(['', '{"version":', '{"version":1}', '[]', '{"version":99,"inputs":{}}'])(
  'a file that cannot be read (%j) is renamed, and nothing fails',
  (text) => {
    const directory = temporaryFolder()
    writeFileSync(join(directory, 'checkpoints.json'), text)
    const { store, warnings, file } = open(directory)
    expect(store.load('a')).toBeUndefined()
    expect(warnings).toEqual([expect.stringContaining('.damaged')])
    expect(readFileSync(`${file}.damaged`, 'utf8')).toBe(text)
  },
)

test('a directory that cannot be written costs nothing but a warning, and is tried again', async () => {
  const { store, clock, warnings, directory, onDisk } = open()
  // Where the next file should be there is a directory: that fails for root as well, as a full disk does.
  mkdirSync(join(directory, 'checkpoints.json.new'))
  store.save('a', 1)
  await clock.advance(0)
  await eventually(() => warnings.length === 1)
  await clock.advance(3000)
  expect(warnings).toHaveLength(1)
  rmSync(join(directory, 'checkpoints.json.new'), { recursive: true })
  // A write that had begun before may still succeed.
  await eventually(() => {
    void clock.advance(1000)
    return onDisk() !== undefined
  })
  expect(onDisk()).toEqual({ a: 1 })
  await store.close()
})

test.skipIf(!existsSync('/dev/full'))(
  'a full disk costs nothing but a warning; what was saved is there once it has room',
  async () => {
    const { store, clock, warnings, directory, onDisk } = open()
    symlinkSync('/dev/full', join(directory, 'checkpoints.json.new'))
    store.save('a', () => 1)
    await clock.advance(0)
    await eventually(() => warnings.length === 1)
    expect(warnings[0]).toContain('ENOSPC')
    expect(store.load('a')).toBe(1)
    await eventually(() => {
      void clock.advance(1000)
      return onDisk() !== undefined
    })
    expect(onDisk()).toEqual({ a: 1 })
    await store.close()
  },
)

test('a state directory that cannot be made is refused at once', () => {
  const folder = temporaryFolder()
  writeFileSync(join(folder, 'file'), '')
  expect(() => open(join(folder, 'file', 'state'))).toThrow('ENOTDIR')
  chmodSync(folder, 0o700)
})

test('a second agent with the same directory is warned of once, and one that came after the first is not', async () => {
  const { store, warnings, directory } = open()
  const other = open(directory)
  const saveAll = async (n: number) => {
    for (const one of [store, other.store]) {
      one.save('a', n)
      await one.flush()
    }
  }
  await saveAll(1)
  await saveAll(2)
  await saveAll(3)
  expect(warnings).toEqual([expect.stringContaining('another process writes')])
  expect(other.warnings).toEqual([expect.stringContaining('another process writes')])
  await store.close()
  await other.store.close()
  const next = open(directory)
  next.store.save('a', 4)
  await next.store.flush()
  next.store.save('a', 5)
  await next.store.close()
  expect(next.warnings).toEqual([])
})
