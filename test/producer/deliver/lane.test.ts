import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { Producer, type ProducerConfig } from '../../../src/index.ts'
import { ManualClock, settled } from '../../support/manual-clock.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

/** A server that answers when the test says so, and knows on which connection each request came. */
async function holdingServer() {
  const held: { readonly socket: Socket; readonly response: ServerResponse }[] = []
  let wake = () => {}
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      held.push({ socket: request.socket, response })
      wake()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const received = async (count: number) => {
    while (held.length < count) await new Promise<void>((resolve) => (wake = resolve))
  }
  const answer = (index: number) => held[index]?.response.writeHead(200, { 'x-log-requestid': `r${index}` }).end()
  return { held, received, answer, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

function producerFor(endpoint: string, config: ProducerConfig): Producer {
  const producer = new Producer({
    ...{ endpoint, project: 'p', logstore: 'l', credentials: { accessKeyId: 'id', accessKeySecret: 'secret' } },
    ...{ batchCountThreshold: 1, compression: 'none' as const },
    ...config,
  })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

test('each lane has a connection of its own, and all of them are at work at once', async () => {
  const server = await holdingServer()
  const producer = producerFor(server.url, { lanes: 4 })
  const sends = Array.from({ length: 8 }, (_, n) => producer.send({ logs: { contents: { n } } }))
  await server.received(4)
  expect(new Set(server.held.map(({ socket }) => socket)).size).toBe(4)
  for (let n = 0; n < 8; n++) {
    await server.received(n + 1)
    server.answer(n)
  }
  await Promise.all(sends)
  expect(new Set(server.held.map(({ socket }) => socket)).size).toBe(4)
})

test('a lane that has become one of fewer takes its connection along, once its request has ended', async () => {
  const server = await holdingServer()
  const producer = producerFor(server.url, { lanes: 3 })
  const sends = Array.from({ length: 3 }, (_, n) => producer.send({ logs: { contents: { n } } }))
  await server.received(3)
  producer.update({ lanes: 1 })
  expect(producer.metrics()).toMatchObject({ batches: { inFlight: 3 }, lanes: [{ index: 0 }] })
  const sockets = server.held.map(({ socket }) => socket)
  const closed = sockets.map((socket) => new Promise<Socket>((resolve) => socket.once('close', () => resolve(socket))))
  for (const n of [0, 1, 2]) server.answer(n)
  await Promise.all(sends)
  await Promise.race(closed)
  expect(producer.metrics().batches.inFlight).toBe(0)
})

test('a lane sends one batch at a time, in order, and counts what went in and out', async () => {
  const sink = new ScriptedSink([], 'hang')
  const clock = new ManualClock()
  const producer = producerFor('http://127.0.0.1:1', { sink, clock, lanes: 1 })
  for (let n = 0; n < 3; n++) void producer.send({ logs: { contents: { n } } })
  for (let done = 0; done < 3; done++) {
    await settled()
    expect(sink.seen.length).toBe(done + 1)
    expect(producer.metrics()).toMatchObject({
      batches: { queued: 2 - done, inFlight: 1 },
      lanes: [{ busy: true, waiting: 0, batchesIn: done + 1, batchesOut: done, requests: done }],
    })
    sink.seen[done]?.answer.resolve({ requestId: 'r' })
  }
  await settled()
  const [lane] = producer.metrics().lanes
  expect(lane).toMatchObject({ busy: false, batchesIn: 3, batchesOut: 3, requests: 3, failedRequests: 0 })
  expect(lane?.sentBytes).toBe(sink.seen.reduce((sum, { bytes }) => sum + bytes.length, 0))
})

test('its high-water mark stays at the most batches that were ever in its own line', async () => {
  const sink = new ScriptedSink([], 'hang')
  const producer = producerFor('http://127.0.0.1:1', { sink, clock: new ManualClock(), lanes: 2, router: () => 1 })
  for (let n = 0; n < 5; n++) void producer.send({ logs: { contents: { n } } })
  await settled()
  expect(producer.metrics().lanes).toMatchObject([
    { waiting: 0, highWaterBatches: 0 },
    { waiting: 4, highWaterBatches: 5 },
  ])
  sink.otherwise = 'ok'
  sink.seen[0]?.answer.resolve({ requestId: 'r' })
  await settled()
  expect(producer.metrics().lanes).toMatchObject([
    { highWaterBatches: 0 },
    { waiting: 0, batchesOut: 5, highWaterBatches: 5 },
  ])
})
