// biome-ignore-all lint/suspicious/noThenProperty: a rule says "match, then"; it is an argument and never awaited
import { expect, onTestFinished, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/index.ts'
import { type DeadLetter, Producer, type SendError } from '../../../src/index.ts'

const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }

test('against a server that refuses one log: all others are stored in order, each part under a pack id of its own', async () => {
  const emulator = await startEmulator({ credentials, autoCreate: true })
  onTestFinished(() => emulator.close())
  emulator.script({
    match: { project: 'shop', method: 'POST' },
    then: { refuseLog: ({ contents }) => contents.some(([, value]) => value === 'poison') },
  })
  const letters: DeadLetter[] = []
  const producer = new Producer({
    endpoint: emulator.url,
    project: 'shop',
    logstore: 'orders',
    credentials,
    deadLetter: (letter) => letters.push(letter),
  })
  const logs = Array.from({ length: 1000 }, (_, n) => ({ contents: { n, text: n === 321 ? 'poison' : 'fine' } }))
  const sent = producer.send({ logs })
  await producer.flush()
  const error: SendError = await sent.catch((thrown) => thrown)

  expect(error.refusedLogs).toMatchObject([{ index: 321, error: { status: 400, serverCode: 'PostBodyInvalid' } }])
  expect(error.requestId).not.toBe('')
  expect(letters).toMatchObject([{ project: 'shop', logstore: 'orders', index: 321 }])
  const stored = emulator.logs({ project: 'shop', logstore: 'orders' })
  const numbers = stored.map(({ contents }) => Number(contents[0]?.[1]))
  expect(numbers).toEqual([...Array(1000).keys()].filter((n) => n !== 321))
  const requestOf = new Map(stored.map(({ tags, requestId }) => [JSON.stringify(tags), requestId]))
  expect(requestOf.size).toBe(new Set(stored.map(({ requestId }) => requestId)).size)
  expect(producer.metrics().memory.usedBytes).toBe(0)
  await producer.close()
})

test('against a server that refuses a body over its limit: the halves are stored', async () => {
  const emulator = await startEmulator({ credentials, autoCreate: true })
  onTestFinished(() => emulator.close())
  emulator.script({
    match: ({ headers }) => Number(headers['content-length'] ?? 0) > 1024 * 1024,
    then: { status: 413, errorCode: 'PostBodyTooLarge' },
  })
  const producer = new Producer({
    endpoint: emulator.url,
    project: 'shop',
    logstore: 'orders',
    credentials,
    compression: 'none',
    batchSizeThresholdInBytes: 4 * 1024 * 1024,
  })
  const filler = 'x'.repeat(100 * 1024)
  const sent = producer.send({ logs: Array.from({ length: 20 }, (_, n) => ({ contents: { n, filler } })) })
  await producer.flush()
  expect((await sent).parts?.map(({ batchLogCount }) => batchLogCount)).toEqual([10, 10])
  expect(emulator.logs({ project: 'shop', logstore: 'orders' }).length).toBe(20)
  await producer.close()
})
