import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../../src/emulator/index.ts'
import { BUILD_DIR } from '../../support/build-once.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { groupOf, PROJECT, sendSigned, write } from '../support/client.ts'

const clock = new ManualClock()
const store = { project: PROJECT, logstore: 'store' }
let dataDirectory: string

beforeEach(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'emulator-'))
})
afterEach(() => rmSync(dataDirectory, { recursive: true }))

const start = (options = {}) => startEmulator({ clock, autoCreate: true, shards: 2, dataDirectory, ...options })
const put = (emulator: Emulator, value: string, logstore = 'store') =>
  sendSigned(emulator, write(logstore, groupOf([{ time: 1, contents: [['k', value]] }])), clock.now())
const values = (emulator: Emulator, logstore = 'store') =>
  emulator.logs({ ...store, logstore }).map(({ contents }) => contents[0]?.[1])
const file = () => join(dataDirectory, PROJECT, 'store', 'groups.log')
const endCursor = async (emulator: Emulator, shard: number) => {
  const query = [
    ['type', 'cursor'],
    ['from', 'end'],
  ] as const
  return (await sendSigned(emulator, { path: `/logstores/store/shards/${shard}`, query }, clock.now())).json.cursor
}

async function filled(...all: string[]): Promise<Emulator> {
  const emulator = await start()
  for (const value of all) await put(emulator, value)
  return emulator
}

describe('a restart', () => {
  test('brings back every log as it was, and its request id', async () => {
    const first = await filled('a', 'b', 'c')
    await put(first, 'd', 'other')
    const before = first.logs(store)
    await first.close()
    await using second = await start()
    expect(second.logs(store)).toEqual(before)
    expect(values(second, 'other')).toEqual(['d'])
    await put(second, 'e')
    expect(values(second)).toEqual(['a', 'b', 'c', 'e'])
    expect(second.stats()).toMatchObject({ storedLogs: 5, logs: 1 })
  })

  test('keeps cursors good and counting on', async () => {
    const first = await filled('a', 'b', 'c')
    const before = [await endCursor(first, 0), await endCursor(first, 1)]
    await first.close()
    await using second = await start()
    expect([await endCursor(second, 0), await endCursor(second, 1)]).toEqual(before)
  })

  test('brings back shards, settings and index', async () => {
    const first = await filled('a', 'b')
    const headers = { 'content-type': 'application/json' }
    const index = { method: 'POST', path: '/logstores/store/index', headers, body: Buffer.from('{"line":{}}') }
    await sendSigned(first, index, clock.now())
    const split = { method: 'POST', path: '/logstores/store/shards/1', query: [['action', 'split']] } as const
    await sendSigned(first, split, clock.now())
    const look = async (emulator: Emulator) =>
      Promise.all(
        ['', '/shards', '/index'].map(
          async (path) => (await sendSigned(emulator, { path: `/logstores/store${path}` }, clock.now())).json,
        ),
      )
    const before = await look(first)
    expect(before[1]).toHaveLength(4)
    await first.close()
    await using second = await start()
    expect(await look(second)).toEqual(before)
    expect(values(second)).toEqual(['a', 'b'])
  })

  test('does not bring back what was deleted', async () => {
    const first = await filled('a')
    await put(first, 'b', 'other')
    await sendSigned(first, { method: 'DELETE', path: '/logstores/store' }, clock.now())
    await first.close()
    await using second = await start()
    expect([values(second), values(second, 'other')]).toEqual([[], ['b']])
  })
})

describe('a damaged file', () => {
  test.each([1, 10, 70])('that lost its last %i bytes loses its last group, and takes new ones', async (lost) => {
    await (await filled('a', 'b', 'c')).close()
    truncateSync(file(), statSync(file()).size - lost)
    const second = await start()
    expect(values(second)).toEqual(['a', 'b'])
    await put(second, 'd')
    await second.close()
    await using third = await start()
    expect(values(third)).toEqual(['a', 'b', 'd'])
  })

  test.each([
    ['garbage', Buffer.from('garbage that is no frame at all, and long enough')],
    ['zeros', Buffer.alloc(4096)],
    ['a length without an end', Buffer.from('ffffffff00000000', 'hex')],
  ])('that ends in %s is cut there', async (_, tail) => {
    await (await filled('a', 'b')).close()
    const whole = statSync(file()).size
    appendFileSync(file(), tail)
    await using second = await start()
    expect(values(second)).toEqual(['a', 'b'])
    expect(statSync(file()).size).toBe(whole)
  })

  test('with one flipped bit loses that one group alone, and says so', async () => {
    const first = await filled('a', 'b', 'c')
    const cursor = await endCursor(first, 0)
    await first.close()
    const whole = readFileSync(file())
    const second = whole.indexOf('LHRC', whole.indexOf('LHRC') + 1)
    // In the mark, the header, and the group; each byte of them is in group-file.test.ts.
    for (const at of [second, second + 30, whole.indexOf('LHRC', second + 1) - 1]) {
      const bent = Buffer.from(whole)
      bent[at] = (bent[at] as number) ^ (1 << (at % 8))
      writeFileSync(file(), bent)
      const second = await start()
      expect([at, values(second)]).toEqual([at, ['a', 'c']])
      expect(second.stats()).toMatchObject({ damagedPlaces: 1, storedLogs: 2 })
      expect(await endCursor(second, 0)).toBe(cursor)
      await put(second, 'd')
      await second.close()
      const third = await start()
      expect([values(third), third.stats().damagedPlaces]).toEqual([['a', 'c', 'd'], 0])
      await third.close()
    }
    expect(readFileSync(`${file()}.damaged`).length).toBe(whole.length)
  })

  test('with a flipped bit in its last group says so too', async () => {
    await (await filled('a', 'b')).close()
    const bytes = readFileSync(file())
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] as number) ^ 1
    writeFileSync(file(), bytes)
    await using second = await start()
    expect([values(second), second.stats().damagedPlaces]).toEqual([['a'], 1])
  })

  test.each(['project.json', 'store/logstore.json'])(
    'of settings (%s) costs the settings alone, and says so',
    async (name) => {
      await (await filled('a', 'b', 'c')).close()
      const path = join(dataDirectory, PROJECT, name)
      const whole = readFileSync(path)
      for (const at of [0, Math.floor(whole.length / 2), whole.length - 20]) {
        const bent = Buffer.from(whole)
        bent[at] = (bent[at] as number) ^ 1
        writeFileSync(path, bent)
        const second = await start()
        expect([at, values(second), second.stats().damagedPlaces]).toEqual([at, ['a', 'b', 'c'], 1])
        await second.close()
        expect(readFileSync(`${path}.damaged`).equals(bent)).toBe(true)
        const third = await start()
        expect([values(third), third.stats().damagedPlaces]).toEqual([['a', 'b', 'c'], 0])
        await third.close()
      }
    },
  )

  test('that is none at all is kept aside', async () => {
    await (await filled('a')).close()
    writeFileSync(file(), 'something else')
    await using second = await start()
    expect(values(second)).toEqual([])
    expect(readFileSync(`${file()}.damaged`, 'utf8')).toBe('something else')
  })
})

describe('two emulators on one directory', () => {
  test('are told apart: the second does not start, and starts once the first has ended', async () => {
    const first = await start()
    await expect(start()).rejects.toMatchObject({ code: 'ERR_LOGHUB_OPTION', message: /in use by another emulator/ })
    await first.close()
    await (await start()).close()
  })

  test('of many that start at once where one was killed, one gets it', async () => {
    for (let round = 0; round < 2; round++) {
      const died = await killedOwner()
      const started = await Promise.allSettled(Array.from({ length: 6 }, () => start()))
      const running = started.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
      expect([died, running.length]).toEqual(['SIGKILL', 1])
      await running[0]?.close()
    }
  })

  test('also where the directory goes by another name', async () => {
    const other = `${dataDirectory}-link`
    symlinkSync(dataDirectory, other)
    await using _first = await start()
    await expect(start({ dataDirectory: other })).rejects.toThrow(/in use by another emulator/)
    rmSync(other)
  })
})

/** An emulator in a process of its own that holds the directory until it is killed. */
async function killedOwner(): Promise<string | null> {
  const env = { ...process.env, LOGHUB_ENDPOINT: '' }
  const child = spawn(
    process.execPath,
    [join(BUILD_DIR, 'cli/loghub.js'), 'emulator', '--port', '0', '--data', dataDirectory],
    { env, stdio: ['ignore', 'pipe', 'ignore'] },
  )
  await once(child.stdout, 'data')
  child.kill('SIGKILL')
  const [, signal] = await once(child, 'exit')
  return signal
}

describe('more on disk than may be in memory', () => {
  test('only the newest is loaded, the file shrinks to it, and cursors go on', async () => {
    const first = await filled(...Array.from({ length: 20 }, (_, i) => String(i)))
    const before = [await endCursor(first, 0), await endCursor(first, 1)]
    await first.close()
    const size = statSync(file()).size
    const second = await start({ maxBytes: 1500 })
    const kept = values(second)
    expect(kept.at(-1)).toBe('19')
    expect(kept.length).toBeLessThan(10)
    expect(statSync(file()).size).toBeLessThan(size / 2)
    await second.close()
    await using third = await start()
    expect(values(third)).toEqual(kept)
    expect([await endCursor(third, 0), await endCursor(third, 1)]).toEqual(before)
  })
})
