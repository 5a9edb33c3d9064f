import { expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { startEmulator } from '../../src/emulator/emulator.ts'
import { Producer } from '../../src/producer/producer.ts'
import { LogReader } from '../../src/sls/log-reader.ts'
import { readingLost } from '../../src/sls/reading-lost.ts'
import { refusal, ScriptedServer } from '../support/scripted-server.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'top-secret' }

async function setUp() {
  const emulator = await startEmulator({ port: 0, autoCreate: true })
  onTestFinished(() => emulator.close())
  const place = { project: 'proj', logstore: 'logs', endpoint: emulator.url, credentials }
  const write = async (...texts: string[]) => {
    const producer = new Producer({ ...place, lingerMs: 0, baseRetryBackoffMs: 1, logger: silentLogger })
    for (const text of texts) await producer.send({ logs: [{ contents: { text } }] })
    await producer.close()
  }
  const read = async (dedupe: boolean) => {
    const reader = new LogReader({ ...place, dedupe })
    onTestFinished(() => reader.close())
    const texts: string[] = []
    for (const { shardID } of await reader.listShards()) {
      let cursor = await reader.getCursor(shardID, 'begin')
      for (;;) {
        const { groups, nextCursor } = await reader.pullLogGroups(shardID, cursor, 1)
        texts.push(...groups.flatMap(({ logs }) => logs.map(({ contents }) => contents[0]![1])))
        if (nextCursor === cursor) break
        cursor = nextCursor
      }
    }
    return texts.sort()
  }
  return { emulator, write, read }
}

test('a reader with dedupe leaves out what was stored twice, and nothing else', async () => {
  const { emulator, write, read } = await setUp()
  await write('a')
  const fault = emulator.script({ times: 2, then: { reset: 'after' } })
  await write('b', 'c', 'c')
  fault.remove()
  await write('d', 'a')
  expect(await read(true)).toEqual(['a', 'a', 'b', 'c', 'c', 'd'])
  expect((await read(false)).length).toBe(8)
})

test.each([
  ['ShardNotExist', 'shard'],
  ['InvalidCursor', 'cursor'],
  ['ServerBusy', undefined],
])('a reading that fails with %s has lost its %s', async (code, what) => {
  const server = await ScriptedServer.start(refusal(400, code))
  const reader = new LogReader({ project: 'proj', logstore: 'logs', endpoint: server.url, credentials })
  onTestFinished(() => reader.close())
  const error = await reader.pullLogGroups(0, 'x').catch((thrown: unknown) => thrown)
  expect(readingLost(error)).toBe(what)
  expect(readingLost(new Error('another'))).toBeUndefined()
})
