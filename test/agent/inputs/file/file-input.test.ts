import { execFileSync } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { Agent } from '../../../../src/agent/index.ts'
import { systemClock } from '../../../../src/core/clock.ts'
import { ProducerError } from '../../../../src/core/errors.ts'
import { silentLogger } from '../../../../src/core/logger.ts'
import { FakeProducer } from '../../support/fake-producer.ts'
import { eventually, temporaryFolder } from '../../support/start-agent.ts'

interface Options {
  [option: string]: unknown
}

/** An agent in real time with one file input over a folder of the test. */
async function follow(
  options: Options = {},
  folder = temporaryFolder(),
  producer = new FakeProducer(),
  logger = silentLogger,
) {
  const agent = new Agent({ producer, stateDirectory: join(folder, 'state'), clock: systemClock, logger })
  onTestFinished(async () => void (await agent.close({ timeoutMs: 2000 })))
  const spec = {
    id: 'f',
    type: 'file',
    paths: [join(folder, '*.log')],
    startAt: 'beginning',
    pollMs: 50,
    rotateWaitMs: 100,
    ...options,
  }
  await agent.add(spec)
  const counts = () => agent.status().inputs[0]!.counts
  const path = (name: string) => join(folder, name)
  return { agent, producer, folder, counts, path }
}

/** Files of a folder that this process has open; 0 where the system does not tell. */
function openIn(folder: string): number {
  const handles = existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []
  return handles.filter((handle) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${handle}`)
      return path.startsWith(folder) && path.endsWith('.log')
    } catch {
      return false
    }
  }).length
}

const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `line ${from + i}`)
const text = (list: readonly string[]) => list.map((line) => `${line}\n`).join('')

describe('a file', () => {
  test('is read from its beginning or its end at the very first start, and what appears later from its beginning', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'old.log'), 'before\n')
    const { producer, path } = await follow({ startAt: 'end' }, folder)
    await new Promise((resolve) => setTimeout(resolve, 100))
    appendFileSync(path('old.log'), 'after\n')
    writeFileSync(path('new.log'), 'new\n')
    await eventually(() => producer.taken.length === 2)
    expect(producer.values().sort()).toEqual(['after', 'new'])
  })

  test('goes on from its last settled line after a restart, whatever was handed over since', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.log'), text(lines(0, 5)))
    const first = await follow({}, folder)
    await eventually(() => first.producer.delivered.length === 5)
    first.producer.isInstant = false
    appendFileSync(join(folder, 'a.log'), text(lines(5, 8)))
    await eventually(() => first.producer.taken.length === 8)
    first.producer.flush = async () => {}
    await first.agent.close()
    appendFileSync(join(folder, 'a.log'), text(lines(8, 10)))
    const second = await follow({}, folder)
    await eventually(() => second.producer.taken.length === 5)
    expect(second.producer.values()).toEqual(lines(5, 10))
  })

  test('goes on where it was, and with what was rotated meanwhile, when its file system has another device number', async () => {
    const folder = temporaryFolder()
    const state = join(folder, 'state', 'checkpoints.json')
    for (const name of ['short.log', 'rotated.log']) writeFileSync(join(folder, name), `${name} 0\n`)
    const first = await follow({}, folder)
    await eventually(() => first.producer.delivered.length === 2)
    await first.agent.close()
    // As on another machine that has mounted the same directory, or after a restart.
    const saved = readFileSync(state, 'utf8')
    expect(saved).toContain('"device":"')
    writeFileSync(state, saved.replaceAll(/"device":"\d+"/g, '"device":"987654321"'))
    appendFileSync(join(folder, 'short.log'), 'short.log 1\n')
    appendFileSync(join(folder, 'rotated.log'), 'rotated.log 1\n')
    renameSync(join(folder, 'rotated.log'), join(folder, 'rotated.log.1'))
    writeFileSync(join(folder, 'rotated.log'), 'rotated.log 2\n')
    const second = await follow({}, folder)
    await eventually(() => second.producer.taken.length >= 3)
    expect([...second.producer.values()].sort()).toEqual(['rotated.log 1', 'rotated.log 2', 'short.log 1'])
  })

  test('written in pieces smaller than a line gives whole lines', async () => {
    const { producer, path } = await follow()
    for (const piece of ['he', 'llo', ' wor', 'ld\nsec', 'ond', '\n', 'third']) {
      appendFileSync(path('a.log'), piece)
      await new Promise((resolve) => setTimeout(resolve, 30))
    }
    await eventually(() => producer.taken.length === 2)
    expect(producer.values()).toEqual(['hello world', 'second'])
    appendFileSync(path('a.log'), '!\r\n\n')
    await eventually(() => producer.taken.length === 4)
    expect(producer.values().slice(2)).toEqual(['third!', ''])
  })

  test('has its origin in tags and a pack id context of its own', async () => {
    const { producer, path } = await follow({ tags: ['__path__', '__inode__'] })
    writeFileSync(path('a.log'), 'a\n')
    writeFileSync(path('b.log'), 'b\n')
    await eventually(() => producer.taken.length === 2)
    const [a, b] = producer.taken.map(({ destination }) => destination)
    expect(a!.tags).toEqual({ __path__: path('a.log'), __inode__: String(statSync(path('a.log')).ino) })
    expect(a!.context).not.toBe(b!.context)
  })
})

describe('rotation', () => {
  test('by rename: the old file is read to its end, the new one from its beginning', async () => {
    const { producer, path } = await follow()
    const fd = openSync(path('a.log'), 'a')
    writeSync(fd, text(lines(0, 3)))
    await eventually(() => producer.taken.length === 3)
    renameSync(path('a.log'), path('a.log.1'))
    writeFileSync(path('a.log'), text(lines(5, 8)))
    writeSync(fd, text(lines(3, 5)))
    closeSync(fd)
    await eventually(() => producer.taken.length === 8)
    expect(producer.values().sort()).toEqual(lines(0, 8))
  })

  test('by rename to a name that the globs find as well ships nothing twice', async () => {
    const folder = temporaryFolder()
    const { producer, path } = await follow({ paths: [join(folder, 'a.log*')] }, folder)
    writeFileSync(path('a.log'), text(lines(0, 3)))
    await eventually(() => producer.taken.length === 3)
    renameSync(path('a.log'), path('a.log.1'))
    appendFileSync(path('a.log.1'), text(lines(3, 4)))
    writeFileSync(path('a.log'), text(lines(4, 6)))
    await eventually(() => producer.taken.length === 6)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(producer.values().sort()).toEqual(lines(0, 6))
  })

  test('by copytruncate: begins again, and what was not read yet is read from the copy', async () => {
    const { producer, path, counts } = await follow({ pollMs: 50, watch: false })
    const long = lines(0, 50)
    writeFileSync(path('a.log'), text(long))
    await eventually(() => producer.taken.length === 50)
    // Both at once, before the next look: more lines, the copy, and the truncation.
    appendFileSync(path('a.log'), text(lines(50, 60)))
    copyFileSync(path('a.log'), path('a.log.1'))
    truncateSync(path('a.log'))
    appendFileSync(path('a.log'), text(lines(60, 62)))
    await eventually(() => producer.taken.length >= 62)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(producer.values().sort()).toEqual(lines(0, 62).sort())
    expect(counts().byName.truncations).toBe(1)
  })

  test('the copy of copytruncate is not shipped, also where the globs find it', async () => {
    const folder = temporaryFolder()
    const { producer, path } = await follow({ paths: [join(folder, 'a.log*')] }, folder)
    writeFileSync(path('a.log'), text(lines(0, 50)))
    await eventually(() => producer.taken.length === 50)
    copyFileSync(path('a.log'), path('a.log.1'))
    await new Promise((resolve) => setTimeout(resolve, 150))
    truncateSync(path('a.log'))
    await new Promise((resolve) => setTimeout(resolve, 150))
    appendFileSync(path('a.log'), text(lines(50, 52)))
    await eventually(() => producer.taken.length >= 52)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(producer.values().sort()).toEqual(lines(0, 52).sort())
  })

  test('a file that is truncated and has regrown beyond the old place between two looks begins again', async () => {
    const { producer, path, counts } = await follow({ watch: false, pollMs: 100 })
    writeFileSync(path('a.log'), text(lines(0, 10)))
    await eventually(() => producer.taken.length === 10)
    writeFileSync(path('a.log'), text(lines(100, 120)))
    await eventually(() => producer.taken.length === 30)
    expect(producer.values().slice(10)).toEqual(lines(100, 120))
    expect(counts().byName.truncations).toBe(1)
  })

  test('a file that is deleted is read to its end, its unfinished line too', async () => {
    const { producer, path } = await follow()
    const fd = openSync(path('a.log'), 'a')
    writeSync(fd, text(lines(0, 3)))
    await eventually(() => producer.taken.length === 3)
    rmSync(path('a.log'))
    writeSync(fd, 'last\nunfinished')
    closeSync(fd)
    await eventually(() => producer.taken.length === 5)
    expect(producer.values().slice(3)).toEqual(['last', 'unfinished'])
  })

  test('a file replaced under the same name is another file', async () => {
    const { producer, path } = await follow()
    writeFileSync(path('a.log'), text(lines(0, 3)))
    await eventually(() => producer.taken.length === 3)
    writeFileSync(path('next'), text(lines(3, 6)))
    renameSync(path('next'), path('a.log'))
    await eventually(() => producer.taken.length === 6)
    expect(producer.values()).toEqual(lines(0, 6))
  })

  test('while no agent runs: the rest of the old file is found under its new name', async () => {
    const folder = temporaryFolder()
    const first = await follow({}, folder)
    writeFileSync(join(folder, 'a.log'), text(lines(0, 3)))
    await eventually(() => first.producer.taken.length === 3)
    await first.agent.close()
    appendFileSync(join(folder, 'a.log'), text(lines(3, 5)))
    renameSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
    writeFileSync(join(folder, 'a.log'), text(lines(5, 7)))
    const second = await follow({}, folder)
    await eventually(() => second.producer.taken.length === 4)
    expect(second.producer.values().sort()).toEqual(lines(3, 7))
    expect(second.producer.taken.every(({ destination }) => destination.tags?.__path__ === join(folder, 'a.log'))).toBe(
      true,
    )
  })

  test('while no agent runs, by copytruncate: the rest is read from the copy, also where the globs find it', async () => {
    for (const glob of ['a.log', 'a.log*']) {
      const folder = temporaryFolder()
      const first = await follow({ paths: [join(folder, glob)] }, folder)
      writeFileSync(join(folder, 'a.log'), text(lines(0, 50)))
      await eventually(() => first.producer.taken.length === 50)
      await first.agent.close()
      appendFileSync(join(folder, 'a.log'), text(lines(50, 60)))
      copyFileSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
      truncateSync(join(folder, 'a.log'))
      appendFileSync(join(folder, 'a.log'), text(lines(60, 63)))
      const second = await follow({ paths: [join(folder, glob)] }, folder)
      await eventually(() => second.producer.taken.length >= 13)
      await second.agent.close()
      expect(second.producer.values().sort()).toEqual(lines(50, 63).sort())
      const third = await follow({ paths: [join(folder, glob)] }, folder)
      await new Promise((resolve) => setTimeout(resolve, 150))
      expect(third.producer.values()).toEqual([])
    }
  })

  test('by copytruncate: the rest is read from the copy, also where its inode was that of another file', async () => {
    const folder = temporaryFolder()
    const state = join(folder, 'state', 'checkpoints.json')
    const first = await follow({}, folder)
    writeFileSync(join(folder, 'a.log'), text(lines(0, 50)))
    await eventually(() => first.producer.delivered.length === 50)
    await first.agent.close()
    appendFileSync(join(folder, 'a.log'), text(lines(50, 60)))
    copyFileSync(join(folder, 'a.log'), join(folder, 'a.log.1'))
    truncateSync(join(folder, 'a.log'))
    // What file systems do by themselves: logrotate deletes the file that it has compressed, and the copy gets its inode.
    const saved = JSON.parse(readFileSync(state, 'utf8'))
    const [known] = saved.inputs.f.files
    const { ino } = statSync(join(folder, 'a.log.1'))
    const fingerprint = { bytes: 256, digest: 'f'.repeat(40) }
    saved.inputs.f.files.push({
      ...known,
      fileId: 'of-another',
      inode: String(ino),
      path: join(folder, 'b.log'),
      fingerprint,
    })
    writeFileSync(state, JSON.stringify(saved))
    const second = await follow({}, folder)
    await eventually(() => second.producer.taken.length >= 10)
    expect(second.producer.values()).toEqual(lines(50, 60))
  })

  test('by copytruncate: what of a file is lost after its truncation is read again from the copy', async () => {
    const { producer, path } = await follow({ pollMs: 50, watch: false })
    producer.isInstant = false
    writeFileSync(path('a.log'), text(lines(0, 50)))
    await eventually(() => producer.taken.length === 50)
    copyFileSync(path('a.log'), path('a.log.1'))
    truncateSync(path('a.log'))
    appendFileSync(path('a.log'), text(lines(50, 52)))
    await new Promise((resolve) => setTimeout(resolve, 150))
    producer.isInstant = true
    producer.settle(new ProducerError('ERR_LOGHUB_EXPIRED', 'too late'))
    await eventually(() => producer.delivered.length >= 52)
    const delivered = producer.delivered.map(({ contents }) => contents.content ?? '')
    expect(delivered.sort()).toEqual(lines(0, 52).sort())
  })

  test('a recycled inode is a new file', async () => {
    const folder = temporaryFolder()
    const first = await follow({}, folder)
    writeFileSync(join(folder, 'a.log'), text(lines(0, 3)))
    await eventually(() => first.producer.taken.length === 3)
    await first.agent.close()
    // The same inode with another content is what a recycled one looks like.
    writeFileSync(join(folder, 'a.log'), text(lines(100, 110)))
    const second = await follow({}, folder)
    await eventually(() => second.producer.taken.length === 10)
    expect(second.producer.values()).toEqual(lines(100, 110))
  })
})

describe('after a crash', () => {
  test.each([
    ['as bytes', {}],
    ['as logs', { parser: 'logfmt', multiLine: { start: '^line' } }],
    ['of UTF-16', { encoding: 'utf16le' }],
    ['of which most are filtered', { transforms: [{ type: 'keep', field: 'content', matches: '[05]$' }] }],
  ])('lines %s that are on disk are not read again, though their checkpoint was not written', async (_, options) => {
    const folder = temporaryFolder()
    const encoding = 'encoding' in options ? 'utf16le' : 'utf8'
    const first = await follow(options, folder)
    first.producer.isInstant = false
    writeFileSync(join(folder, 'a.log'), Buffer.from(text(lines(0, 700)), encoding))
    const isKept = (line: string) => !('transforms' in options) || /[05]$/.test(line)
    const kept = lines(0, 700).filter(isKept)
    // The last log of several lines is not closed yet.
    await eventually(() => first.producer.taken.length >= kept.length - 1)
    // The first half is on disk; the checkpoint knows of none.
    const half = first.producer.pending.length / 2
    const onDisk = first.producer.pending.slice(0, half).flatMap(({ logs }) => logs)
    const recovered = first.producer.origins.slice(0, half)
    first.producer.pending.length = 0
    await first.agent.close()
    const producer = new FakeProducer()
    producer.recovered = recovered
    const second = await follow(
      { ...options, ...('multiLine' in options && { multiLine: { start: '^line', flushMs: 50 } }) },
      folder,
      producer,
    )
    await eventually(() => producer.taken.length + onDisk.length >= kept.length)
    expect(onDisk.length).toBeGreaterThan(0)
    expect(producer.taken.length).toBeGreaterThan(0)
    const both = [...onDisk, ...producer.taken].map(({ contents }) => JSON.stringify(contents))
    expect(both).toHaveLength(kept.length)
    expect(new Set(both).size).toBe(kept.length)
    expect(second.counts().logs).toBe(producer.taken.length)
  })
})

describe('many files', () => {
  test('globs, exclusions, links, and a directory that appears later', async () => {
    const folder = temporaryFolder()
    const { producer } = await follow(
      { paths: [join(folder, '**/*.log'), join(folder, 'plain')], exclude: ['skip*', join(folder, 'no/**')] },
      folder,
    )
    mkdirSync(join(folder, 'later/deep'), { recursive: true })
    mkdirSync(join(folder, 'no'))
    writeFileSync(join(folder, 'later/deep/x.log'), 'deep\n')
    writeFileSync(join(folder, 'plain'), 'plain\n')
    writeFileSync(join(folder, 'no/x.log'), 'no\n')
    writeFileSync(join(folder, 'skip.log'), 'skip\n')
    writeFileSync(join(folder, 'x.log.gz'), 'gz\n')
    symlinkSync(join(folder, 'plain'), join(folder, 'link.log'))
    await eventually(() => producer.taken.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 150))
    expect(producer.values().sort()).toEqual(['deep', 'plain'])
  })

  test('more than may be open at once are all read', async () => {
    const folder = temporaryFolder()
    for (let i = 0; i < 300; i++) writeFileSync(join(folder, `${i}.log`), `${i}\n`)
    const { producer, path } = await follow({ maxOpenFiles: 10 }, folder)
    const mostOpen = { count: 0 }
    await eventually(() => {
      mostOpen.count = Math.max(mostOpen.count, openIn(folder))
      return producer.taken.length === 300
    })
    // One more while it is looked for, and one that is looked at.
    expect(mostOpen.count).toBeLessThanOrEqual(12)
    for (let i = 0; i < 300; i++) appendFileSync(path(`${i}.log`), `again ${i}\n`)
    await eventually(() => producer.taken.length === 600)
    expect(new Set(producer.values()).size).toBe(600)
  })

  test('one with a long backlog leaves turns to the others', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'a.log'), text(lines(0, 400_000)))
    writeFileSync(join(folder, 'b.log'), 'small\n')
    const { producer } = await follow({}, folder)
    await eventually(() => producer.values().includes('small'))
    expect(producer.values().indexOf('small')).toBeLessThan(200_000)
  })

  test('without a watcher polling alone finds everything', async () => {
    const { producer, path } = await follow({ watch: false })
    writeFileSync(path('a.log'), 'one\n')
    await eventually(() => producer.taken.length === 1)
    appendFileSync(path('a.log'), 'two\n')
    await eventually(() => producer.taken.length === 2)
  })
})

describe('verdicts', () => {
  test('logs that are lost are read again, in their order, once nothing is under way', async () => {
    const { producer, path, counts } = await follow()
    producer.isInstant = false
    writeFileSync(path('a.log'), text(lines(0, 4)))
    await eventually(() => producer.taken.length === 4)
    producer.settle(new ProducerError('ERR_LOGHUB_EXPIRED', 'too late'), 1)
    producer.settle()
    producer.isInstant = true
    await eventually(() => producer.taken.length === 8)
    expect(producer.values().slice(4)).toEqual(lines(0, 4))
    expect(counts().byName).toMatchObject({ rereads: 1 })
  })

  test('logs that are refused for what they are hold nothing up', async () => {
    const { producer, path, agent } = await follow()
    producer.isInstant = false
    writeFileSync(path('a.log'), text(lines(0, 4)))
    await eventually(() => producer.taken.length === 4)
    producer.settle(new ProducerError('ERR_LOGHUB_LOG_TOO_LARGE', 'too large'))
    producer.isInstant = true
    appendFileSync(path('a.log'), 'next\n')
    await eventually(() => producer.taken.length === 5)
    expect(agent.status().inputs[0]!.counts).toMatchObject({ failed: 4, delivered: 1 })
  })

  test('a full memory holds the reading back and loses nothing', async () => {
    const { producer, path } = await follow()
    producer.isInstant = false
    producer.capacity = 10
    writeFileSync(path('a.log'), text(lines(0, 100)))
    for (let settled = 0; settled < 100; ) {
      await eventually(() => producer.pending.length > 0)
      settled += producer.pending.reduce((sum, { logs }) => sum + logs.length, 0)
      producer.settle()
    }
    expect(producer.values()).toEqual(lines(0, 100))
  })
})

describe('names', () => {
  test('may have anything in them, also what a glob has', async () => {
    const folder = temporaryFolder()
    const names = ['a b.log', 'line\nfeed.log', '日志.log', 'a{b}(c)!.log', 'app[1].log', 'back\\slash.log']
    for (const name of names) writeFileSync(join(folder, name), `${JSON.stringify(name)}\n`)
    const { producer } = await follow({ paths: [join(folder, '*.log')] }, folder)
    await eventually(() => producer.taken.length === names.length)
    expect(
      producer
        .values()
        .map((text) => JSON.parse(text))
        .sort(),
    ).toEqual([...names].sort())
    const paths = ['app[1].log', 'back\\\\slash.log'].map((name) => join(folder, name))
    const { producer: exact } = await follow({ paths })
    await eventually(() => exact.taken.length === 2)
  })

  test.skipIf(process.platform !== 'linux')(
    'that are not UTF-8 are followed, through a restart too, and told apart by their bytes',
    async () => {
      const folder = temporaryFolder()
      const named = (...bytes: number[]) =>
        Buffer.concat([Buffer.from(`${folder}/dir`), Buffer.of(...bytes), Buffer.from('.log')])
      mkdirSync(Buffer.from(`${folder}/d\xff`, 'latin1'))
      const files = [named(0xff), named(0xfe), Buffer.from(`${folder}/d\xff/in.log`, 'latin1')]
      for (const [i, file] of files.entries()) writeFileSync(file, `first ${i}\n`)
      const paths = [join(folder, '**/*.log')]
      const { producer, agent } = await follow({ paths }, folder)
      await eventually(() => producer.taken.length === 3)
      expect(producer.taken.map(({ destination }) => destination.tags?.__path__).sort()).toEqual(
        ['d\\xFF/in.log', 'dir\\xFE.log', 'dir\\xFF.log'].map((name) => join(folder, name)),
      )
      await agent.close()
      for (const [i, file] of files.entries()) appendFileSync(file, `second ${i}\n`)
      const next = await follow({ paths }, folder)
      await eventually(() => next.producer.taken.length === 3)
      expect(next.producer.values().sort()).toEqual(['second 0', 'second 1', 'second 2'])
    },
  )
})

describe.skipIf(process.platform === 'win32')('what matches and is no file to follow', () => {
  test('is left out: the directories of the agent, FIFOs, sockets, devices, links in a circle', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'sub'))
    symlinkSync('.', join(folder, 'sub/loop'))
    symlinkSync('circle', join(folder, 'circle'))
    symlinkSync('/dev/zero', join(folder, 'zero'))
    execFileSync('mkfifo', [join(folder, 'fifo')])
    symlinkSync('state', join(folder, 'link-to-state'))
    writeFileSync(join(folder, 'sub/a.log'), 'one\n')
    const producer = new FakeProducer()
    producer.spoolDirectory = join(folder, 'spool')
    mkdirSync(join(folder, 'spool'))
    writeFileSync(join(folder, 'spool/0.log'), 'a batch\n')
    const socket = createServer().listen(join(folder, 'socket'))
    onTestFinished(() => void socket.close())
    const { path } = await follow({ paths: [join(folder, '**')] }, folder, producer)
    await eventually(() => producer.taken.length === 1 && existsSync(path('state/checkpoints.json')))
    for (let i = 0; i < 3; i++) {
      appendFileSync(path('sub/a.log'), `more ${i}\n`)
      await eventually(() => producer.taken.length === 2 + i)
    }
    expect(producer.values()).toEqual(['one', 'more 0', 'more 1', 'more 2'])
    expect(producer.taken[0]?.destination.tags?.__path__).toBe(path('sub/a.log'))
  })

  test.runIf(process.getuid?.() === 0)('or may not be read, is told once, and read as soon as it may be', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'closed'))
    writeFileSync(join(folder, 'closed/a.log'), 'one\n')
    writeFileSync(join(folder, 'b.log'), 'two\n')
    chmodSync(join(folder, 'closed'), 0)
    chmodSync(join(folder, 'b.log'), 0)
    chmodSync(folder, 0o777)
    const messages: string[] = []
    const logger = { ...silentLogger, warn: (text: string) => messages.push(text) }
    process.seteuid?.('nobody')
    onTestFinished(() => process.seteuid?.(0))
    const { producer, path, counts } = await follow({ paths: [join(folder, '**/*.log')] }, folder, undefined, logger)
    await eventually(() => (counts().byName.openErrors ?? 0) > 5)
    expect(messages.map((text) => text.slice(0, text.indexOf(':', 3 + folder.length))).sort()).toEqual([
      `f: ${path('b.log')} cannot be opened`,
      `f: ${path('closed')}/ cannot be read`,
    ])
    process.seteuid?.(0)
    chmodSync(path('closed'), 0o755)
    chmodSync(path('b.log'), 0o644)
    process.seteuid?.('nobody')
    await eventually(() => producer.taken.length === 2)
  })

  test('does not stop the others when a FIFO takes the place of a file', async () => {
    const { producer, path } = await follow({ maxOpenFiles: 1 })
    for (const name of ['a.log', 'b.log', 'c.log', 'd.log', 'e.log', 'f.log']) writeFileSync(path(name), `${name}\n`)
    await eventually(() => producer.taken.length === 6)
    // More than there are threads for files: each would wait for a writer that never comes.
    for (const name of ['a.log', 'b.log', 'c.log', 'd.log', 'e.log']) {
      execFileSync('mkfifo', [path('fifo')])
      renameSync(path('fifo'), path(name))
    }
    appendFileSync(path('f.log'), 'still read\n')
    await eventually(() => producer.values().includes('still read'))
  })
})

describe.skipIf(process.platform === 'win32')('a file behind a link', () => {
  test('that was rotated while no agent ran is read to its end where it really is', async () => {
    // As in Kubernetes: /var/log/containers/x.log is a link to /var/log/pods/y/0.log.
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'pods'))
    const real = join(folder, 'pods/0.log')
    writeFileSync(real, text(lines(0, 20)))
    symlinkSync(real, join(folder, 'x.log'))
    const { producer, agent, path } = await follow({}, folder)
    await eventually(() => producer.taken.length === 20)
    await agent.close()
    appendFileSync(real, text(lines(20, 30)))
    renameSync(real, path('pods/0.log.20260101-000000'))
    writeFileSync(real, text(lines(30, 40)))
    const next = await follow({}, folder)
    await eventually(() => next.producer.taken.length === 20)
    expect(new Set(next.producer.values())).toEqual(new Set(lines(20, 40)))
    expect(next.producer.taken.every(({ destination }) => destination.tags?.__path__ === path('x.log'))).toBe(true)
  })

  test('is followed to where the link points next', async () => {
    const { producer, path, folder } = await follow()
    mkdirSync(path('one'))
    mkdirSync(path('two'))
    writeFileSync(path('one/f'), text(lines(0, 5)))
    writeFileSync(path('two/f'), text(lines(5, 10)))
    symlinkSync(path('one/f'), path('x.log'))
    await eventually(() => producer.taken.length === 5)
    symlinkSync(path('two/f'), join(folder, 'next'))
    renameSync(path('next'), path('x.log'))
    appendFileSync(path('one/f'), 'a last line\n')
    await eventually(() => producer.taken.length === 11)
    appendFileSync(path('two/f'), 'and more\n')
    await eventually(() => producer.values().includes('and more'))
  })
})

describe('lines', () => {
  test('of a log that is as long as a log may be do not stop the file, nor does one that is longer cost what is before it', async () => {
    const { producer, path } = await follow({ multiLine: { start: '^A' }, maxLineBytes: 300_000 })
    const log = `A\n${`${'b'.repeat(999)}\n`.repeat(280)}`
    writeFileSync(path('a.log'), `${log}${'b'.repeat(100_000)}\nA\n${'c'.repeat(400_000)}\nA next\nA last\n`)
    await eventually(() => producer.values().includes('A next'))
    expect(producer.values().map((value) => value.length)).toEqual([log.length - 1, 100_000, 1, 300_000, 6])
  })

  test.each([
    ['gbk', Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0a, 0x61, 0x0a]), ['你好', 'a']],
    ['gb18030', Buffer.from([0xc4, 0xe3, 0xba, 0xc3, 0x0d, 0x0a]), ['你好']],
    ['utf16le', Buffer.from('\uFEFF你好 Ċ\r\nsecond\n', 'utf16le'), ['你好 Ċ', 'second']],
    ['utf-16be', Buffer.from('你好 Ċ\nb\n', 'utf16le').swap16(), ['你好 Ċ', 'b']],
    ['latin1', Buffer.from('caf\xe9\n', 'latin1'), ['café']],
    [
      'utf8',
      Buffer.from([0xef, 0xbb, 0xbf, 0x61, 0x0a, 0x62, 0xff, 0x63, 0x0a, 0xe4, 0xbd, 0xa0, 0x0a]),
      ['a', 'b\uFFFDc', '你'],
    ],
  ])('of %s', async (encoding, bytes, expected) => {
    const { producer, path } = await follow({ encoding })
    writeFileSync(path('a.log'), bytes)
    await eventually(() => producer.taken.length === expected.length)
    expect(producer.values()).toEqual(expected)
  })

  test.each([
    ['cut', ['short', 'abcdefgh', 'next']],
    ['split', ['short', 'abcdefgh', 'ijklmnop', 'q', 'next']],
    ['drop', ['short', 'next']],
  ])('that are too long are %s', async (longLines, expected) => {
    const { producer, path, counts } = await follow({ maxLineBytes: 8, longLines })
    writeFileSync(path('a.log'), 'short\nabcdefghijklmnopq\nnext\n')
    await eventually(() => producer.taken.length === expected.length)
    expect(producer.values()).toEqual(expected)
    expect(counts().byName.longLines).toBe(1)
  })

  test('of a parser that cannot read one are kept whole, with the reason', async () => {
    const { producer, path, counts } = await follow({ parser: 'json', time: { field: 'ts', format: 'auto' } })
    writeFileSync(path('a.log'), '{"ts":1700000000,"a":1}\nno json\n{"a":2}\n')
    await eventually(() => producer.taken.length === 3)
    expect(producer.taken.map(({ contents }) => contents)).toEqual([
      { ts: '1700000000', a: '1' },
      { content: 'no json', __parse_error__: 'not JSON' },
      { a: '2' },
    ])
    expect(producer.taken[0]!.time).toBe(1_700_000_000_000)
    expect(counts().byName).toMatchObject({ badLines: 1, badTimes: 1 })
  })

  test('of a parser, blank ones and bad ones between them, are read again from the first that was lost', async () => {
    const { producer, path } = await follow({ parser: 'json' })
    producer.isInstant = false
    const text =
      '\n{"content":"a"}\n\n\n{"content":"b","b":[1, 2]}\nbad\n{"content":"c\\u4e2d"}\n \n{"content":"d"}\n\n'
    writeFileSync(path('a.log'), text)
    const all = ['a', 'b', 'bad', 'c\u4e2d', 'd']
    await eventually(() => producer.taken.length === all.length)
    const { origins } = producer
    expect(origins.map(({ from }) => from)).toEqual([0, ...origins.slice(0, -1).map(({ to }) => to)])
    producer.settle(null, 1)
    producer.isInstant = true
    producer.settle(new ProducerError('ERR_LOGHUB_TIMEOUT', 'too late'))
    await eventually(() => producer.delivered.length === all.length)
    expect(producer.values()).toEqual([...all, ...all.slice(1)])
  })

  test('of a stack trace are one log, the last of them after a pause', async () => {
    const { producer, path } = await follow({ multiLine: { preset: 'java', flushMs: 200 } })
    const trace =
      'ERROR failed\njava.lang.IllegalStateException: no\n\tat a.B.c(B.java:1)\nCaused by: java.io.IOException: x\n\t... 2 more'
    writeFileSync(path('a.log'), `INFO before\n${trace}\nINFO after\n`)
    await eventually(() => producer.taken.length === 3)
    expect(producer.values()).toEqual(['INFO before', trace, 'INFO after'])
  })

  test('go through the transforms of the input', async () => {
    const { producer, path } = await follow({
      parser: 'logfmt',
      transforms: [
        { type: 'drop', field: 'level', matches: '^debug$' },
        { type: 'add', fields: { app: 'x' } },
      ],
    })
    writeFileSync(path('a.log'), 'level=debug n=1\nlevel=info n=2\n')
    await eventually(() => producer.taken.length === 1)
    expect(producer.taken[0]!.contents).toEqual({ level: 'info', n: '2', app: 'x' })
  })
})
