import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { type Emulator, startEmulator } from '../../src/emulator/index.ts'
import { Producer, type ProducerConfig, type ProducerError } from '../../src/index.ts'
import { ManualClock, settled } from '../support/manual-clock.ts'
import { ScriptedSink, sinkError } from '../support/scripted-sink.ts'

const credentials = { accessKeyId: 'id', accessKeySecret: 'secret' }

async function emulatorOf(options = {}): Promise<Emulator> {
  const emulator = await startEmulator({ autoCreate: true, ...options })
  onTestFinished(() => emulator.close())
  return emulator
}

/** Takes connections and whatever comes on them, and never answers. */
async function blackHole(): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket.resume())
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function start(config: ProducerConfig): Producer {
  const producer = new Producer({ credentials, logstore: 'l', logger: silentLogger, ...config })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

const log = (n: number, size = 10) => ({ contents: { n, text: 'x'.repeat(size) } })

test('while one project hangs, all logs of the other are delivered; neither takes more than its share', async () => {
  const emulator = await emulatorOf()
  const producer = start({ totalSizeInBytes: 400_000, lanes: 4, batchCountThreshold: 10, lingerMs: 0 })
  producer.putProject({ project: 'well', endpoint: emulator.url, credentials })
  producer.putProject({ project: 'hung', endpoint: await blackHole(), credentials })
  for (let n = 0; n < 1_000; n++) producer.send({ project: 'hung', logs: log(n, 1_000), overflow: 'reject' }, () => {})
  const held = producer.metrics().memory.usedBytes
  expect(held).toBeGreaterThan(190_000)
  expect(held).toBeLessThanOrEqual(200_000)
  const sends = Array.from({ length: 500 }, (_, n) => producer.send({ project: 'well', logs: log(n) }))
  await Promise.all(sends)
  expect(emulator.logs({ project: 'well', logstore: 'l' })).toHaveLength(500)
  expect(producer.metrics()).toMatchObject({ logs: { delivered: 500, failed: 0 }, batches: { inFlight: 2 } })
})

test.each([
  ['key-hash', 'key-hash'],
  ['a function', ({ topic }: { topic: string }) => Number(topic) % 8],
] as const)('with the router %s a project that hangs takes no more than its share of the lanes', async (_, router) => {
  const sink = new ScriptedSink([], ({ project }) => (project === 'hung' ? new Promise(() => {}) : { requestId: 'r' }))
  const clock = new ManualClock()
  const producer = start({ sink, clock, router, lanes: 8, batchCountThreshold: 1, compression: 'none' })
  for (const project of ['hung', 'well']) producer.putProject({ project })
  for (let n = 0; n < 100; n++) producer.trySend({ project: 'hung', topic: String(n), logs: log(n) })
  await settled()
  expect(producer.metrics().batches.inFlight).toBe(4)
  for (let n = 0; n < 100; n++) producer.trySend({ project: 'well', topic: String(n), logs: log(n) })
  for (let turn = 0; turn < 10; turn++) await settled()
  expect(sink.seen.filter(({ request }) => request.project === 'hung')).toHaveLength(4)
  // With `key-hash` any free lane does; a function pins, and half of its lanes hang.
  expect(producer.metrics().logs.delivered).toBe(router === 'key-hash' ? 100 : 48)
  void producer.close({ timeoutMs: 0 })
})

describe('a project that is removed', () => {
  test('fails its waiting batches at their next attempt, and is not known to new sends', async () => {
    const clock = new ManualClock()
    const emulator = await emulatorOf()
    const producer = start({ clock, lingerMs: 1_000, project: 'p', endpoint: emulator.url })
    const waiting = producer.send({ logs: log(1) })
    expect(producer.removeProject('p')).toBe(true)
    expect(producer.removeProject('p')).toBe(false)
    await expect(producer.send({ logs: log(2) })).rejects.toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN' })
    await clock.advance(1_000)
    await expect(waiting).rejects.toMatchObject({ code: 'ERR_LOGHUB_PROJECT_UNKNOWN', retriable: false })
    expect(emulator.stats().requests).toBe(0)
  })

  test('and put back before that: nothing has happened', async () => {
    const clock = new ManualClock()
    const emulator = await emulatorOf()
    const producer = start({ clock, lingerMs: 1_000, project: 'p', endpoint: emulator.url })
    const waiting = producer.send({ logs: log(1) })
    producer.removeProject('p')
    producer.putProject({ project: 'p' })
    await clock.advance(1_000)
    await expect(waiting).resolves.toMatchObject({ successful: true })
  })
})

test('a project that is put anew: batches that wait go to the new endpoint', async () => {
  const [before, after] = [await emulatorOf(), await emulatorOf()]
  before.script({ then: { status: 503, errorCode: 'ServerBusy' } })
  const producer = start({ project: 'p', endpoint: before.url, lingerMs: 0, baseRetryBackoffMs: 1 })
  producer.once('retry', () => producer.putProject({ project: 'p', endpoint: after.url }))
  await producer.send({ logs: log(1) })
  expect(after.logs({ project: 'p', logstore: 'l' })).toHaveLength(1)
})

test('keys that are changed between two attempts sign the second', async () => {
  const emulator = await emulatorOf({ credentials })
  const producer = start({
    ...{ project: 'p', endpoint: emulator.url, lingerMs: 0, baseRetryBackoffMs: 1 },
    credentials: { accessKeyId: 'id', accessKeySecret: 'the-old-one' },
  })
  const codes: (string | undefined)[] = []
  producer.once('retry', ({ error }) => {
    codes.push((error as ProducerError & { serverCode?: string }).serverCode)
    producer.putProject({ project: 'p', credentials })
  })
  await expect(producer.send({ logs: log(1) })).resolves.toMatchObject({ attemptCount: 2 })
  expect(codes).toEqual(['SignatureNotMatch'])
})

test('a wrong project changes nothing: the one before stays', async () => {
  const emulator = await emulatorOf()
  const producer = start({ project: 'p', endpoint: emulator.url, lingerMs: 0 })
  expect(() => producer.putProject({ project: 'p', endpoint: 'ftp://nowhere' })).toThrow(/endpoint/)
  await producer.send({ logs: log(1) })
})

describe('a logstore in trouble', () => {
  function startScripted(config: ProducerConfig = {}) {
    const clock = new ManualClock()
    const sink = new ScriptedSink()
    const producer = start({ ...{ sink, clock, project: 'p', compression: 'none', random: () => 0.5 }, ...config })
    return { clock, sink, producer }
  }

  test('is left alone after five failures: the others wait without a request, and go when a probe has passed', async () => {
    const { clock, sink, producer } = startScripted({ batchCountThreshold: 1, lanes: 1, baseRetryBackoffMs: 1_000 })
    sink.steps.push(...Array.from({ length: 5 }, () => sinkError('back-off')))
    for (let n = 0; n < 50; n++) producer.send({ logs: log(n) }, () => {})
    await settled()
    expect(sink.seen).toHaveLength(5)
    expect(producer.metrics().batches).toMatchObject({ held: 45, retrying: 5 })
    const other = producer.send({ logstore: 'other', logs: log(0) })
    await settled()
    await expect(other).resolves.toMatchObject({ attemptCount: 1 })
    await clock.advance(500)
    expect(producer.metrics()).toMatchObject({
      logs: { delivered: 51, inMemory: 0 },
      batches: { held: 0, retrying: 0 },
    })
    expect(clock.timerCount).toBe(0)
  })

  test('over its quota pauses at the first word of it, for as long as the answer asks', async () => {
    const { clock, sink, producer } = startScripted({ batchCountThreshold: 1, lanes: 1 })
    sink.steps.push(sinkError('quota', { retryAfterMs: 7_000 }))
    for (let n = 0; n < 10; n++) producer.send({ logs: log(n) }, () => {})
    await clock.advance(6_999)
    expect(sink.seen).toHaveLength(1)
    await clock.advance(1)
    expect(producer.metrics().logs).toMatchObject({ delivered: 10, inMemory: 0 })
  })
})

describe('a live change of options', () => {
  test('is all or nothing, and says everything that is wrong', () => {
    const producer = start({ sink: new ScriptedSink(), project: 'p' })
    const change = { lingerMs: -1, lanes: 0, retries: 3, batchCountThreshold: 7 }
    expect(() => producer.update(change)).toThrow(/lingerMs: must be .*\n.*lanes: must be /s)
    for (let n = 0; n < 10; n++) producer.send({ logs: log(n) }, () => {})
    expect(producer.metrics().batches.open).toBe(1)
  })

  test('of lingerMs holds for batches that are open', async () => {
    const clock = new ManualClock()
    const producer = start({ sink: new ScriptedSink(), clock, project: 'p', lingerMs: 60_000 })
    const sent = producer.send({ logs: log(1) })
    producer.update({ lingerMs: 100 })
    await clock.advance(100)
    await expect(sent).resolves.toMatchObject({ sealReason: 'linger' })
  })

  test('of totalSizeInBytes lets waiting sends in at once', async () => {
    const clock = new ManualClock()
    const producer = start({ sink: new ScriptedSink([], 'hang'), clock, project: 'p', totalSizeInBytes: 1_000 })
    for (let n = 0; n < 8; n++) producer.send({ logs: log(n, 50) }, () => {})
    const { blockedSends } = producer.metrics().memory
    expect(blockedSends).toBeGreaterThan(0)
    producer.update({ totalSizeInBytes: 100_000 })
    expect(producer.metrics().memory).toMatchObject({ blockedSends: 0, totalBytes: 100_000 })
  })

  test('of retries and back-off holds for the next failure', async () => {
    const clock = new ManualClock()
    const sink = new ScriptedSink([], sinkError('back-off'))
    const producer = start({ sink, clock, project: 'p', lingerMs: 0 })
    const sent = producer.send({ logs: log(1) })
    await settled()
    producer.update({ retries: 1 })
    await clock.advance(1_000)
    await expect(sent).rejects.toMatchObject({ result: { attemptCount: 2 } })
  })

  test('of topic, source and tags holds for what is sent from then on', async () => {
    const sink = new ScriptedSink()
    const producer = start({ sink, project: 'p', compression: 'none', topic: 'before' })
    producer.update({ topic: 'after', source: 'here', tags: { release: '7' } })
    void producer.send({ logs: log(1) })
    await producer.flush()
    const body = sink.seen[0]?.bytes.toString('latin1')
    for (const text of ['after', 'here', 'release']) expect(body).toContain(text)
    expect(body).not.toContain('before')
  })
})

test('a logger that writes to the producer never starts a loop: what it sends while it is called is refused', async () => {
  const clock = new ManualClock()
  let said = 0
  const say = () => {
    said++
    void producer.send({ logs: log(said) })
    producer.trySend({ logs: log(said) })
  }
  const producer = start({
    ...{ sink: new ScriptedSink([], sinkError('final')), clock, project: 'p', lingerMs: 0, batchCountThreshold: 1 },
    logger: { debug: say, info: say, warn: say, error: say },
  })
  void producer.send({ logs: log(0) })
  for (let second = 0; second < 300; second++) await clock.advance(1_000)
  expect(said).toBeGreaterThan(0)
  expect(said).toBeLessThan(30)
  expect(producer.metrics().logs).toMatchObject({ accepted: 1, failed: 1 })
})
