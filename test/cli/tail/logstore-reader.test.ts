import { describe, expect, onTestFinished, test } from 'vitest'
import { LogstoreReader } from '../../../src/cli/tail/logstore-reader.ts'
import { PatientCalls } from '../../../src/cli/tail/patient-calls.ts'
import { Producer } from '../../../src/index.ts'
import { LogReader } from '../../../src/sls/log-reader.ts'
import { cliEmulator, DESTINATION } from '../../support/cli-emulator.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { splitShard } from '../../support/split-shard.ts'

const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }

async function setUp(shards: number) {
  const { emulator } = await cliEmulator({ shards })
  emulator.createProject(DESTINATION.project)
  emulator.createLogstore(DESTINATION)
  const connection = { ...DESTINATION, endpoint: emulator.url, credentials }
  const reader = new LogReader(connection)
  const producer = new Producer({ ...connection, lingerMs: 0 })
  const controller = new AbortController()
  onTestFinished(async () => {
    controller.abort()
    await Promise.all([reader.close(), producer.close()])
  })
  const write = (content: string) => producer.send({ logs: { contents: { content } } })
  const pages = (follow: boolean, clock = new ManualClock()) => {
    const options = { clock, signal: controller.signal }
    const calls = new PatientCalls({ isEndless: follow, say: () => {}, ...options })
    return new LogstoreReader({ reader, calls, from: 'begin', follow, ...options }).pages()
  }
  return { connection, write, pages, controller }
}

const contentOf = (page: { log: { contents: readonly (readonly [string, string])[] } }[]) =>
  page.map(({ log }) => log.contents[0]?.[1])

describe('reading a logstore', () => {
  test('ends at what was there when it began, also while others go on writing', async () => {
    const { write, pages } = await setUp(1)
    for (let count = 0; count < 150; count++) await write(`before ${count}`)
    const seen: unknown[] = []
    for await (const page of pages(false)) {
      seen.push(...contentOf(page))
      await write('meanwhile')
    }
    expect(seen).toEqual(Array.from({ length: 150 }, (_, count) => `before ${count}`))
  })

  test('finds the shards that a split makes, from their first log on', async () => {
    const { connection, write, pages, controller } = await setUp(1)
    await write('before')
    const clock = new ManualClock()
    const reading = pages(true, clock)
    expect(contentOf((await reading.next()).value as never)).toEqual(['before'])
    await splitShard(connection, 0)
    await write('after')
    const next = reading.next()
    let found = false
    next.then(() => {
      found = true
    })
    while (!found) await clock.advance(1000)
    expect(contentOf((await next).value as never)).toEqual(['after'])
    controller.abort()
    expect((await reading.next()).done).toBe(true)
  })
})
