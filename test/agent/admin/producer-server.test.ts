import { expect, onTestFinished, test } from 'vitest'
import { serveProducer } from '../../../src/agent/index.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { ScriptedSink } from '../../support/scripted-sink.ts'

function realProducer() {
  const producer = new Producer({ project: 'proj', logstore: 'logs', sink: new ScriptedSink(), lingerMs: 0 })
  onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
  return producer
}

// First, so that nothing of another test holds the process.
test('it does not keep the process alive, nor does one who looks', async () => {
  const holders = () => process.getActiveResourcesInfo().filter((name) => /TCPServer/.test(name)).length
  await using served = await serveProducer(realProducer(), { port: 0 })
  await (await fetch(`${served.url}/console/api/about`)).text()
  expect(holders()).toBe(0)
})

test('a served producer tells who it is and what it does, and changes nothing', async () => {
  const producer = realProducer()
  await using served = await serveProducer(producer, { port: 0, name: 'checkout' })
  const feed = async (path: string) => (await (await fetch(`${served.url}/console/api/${path}`)).json()) as object
  await producer.send({ logs: { contents: { n: 1 } } })
  expect(await feed('about')).toMatchObject({ kind: 'producer', name: 'checkout', pid: process.pid })
  expect(await feed('producer')).toMatchObject({ logs: { delivered: 1 } })
  expect(await feed('spool')).toMatchObject({ spool: null })
  expect(await feed('throughput')).toBeInstanceOf(Array)
  expect((await fetch(`${served.url}/console/api/producer`, { method: 'DELETE' })).status).toBe(405)
  const foreign = await fetch(`${served.url}/console/api/producer`, { headers: { origin: 'http://elsewhere' } })
  expect(foreign.status).toBe(403)
})

test('a port that is taken is told by the error of the system', async () => {
  const producer = realProducer()
  await using served = await serveProducer(producer, { port: 0 })
  const port = Number(new URL(served.url).port)
  await expect(serveProducer(producer, { port })).rejects.toMatchObject({ code: 'EADDRINUSE' })
})
