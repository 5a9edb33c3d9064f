// The emulator in your own tests: no cloud account, no mocks. It checks signatures and bodies as the service does, shows
// what it has stored, and fails on request. Run with `node examples/emulator-in-tests.mjs`, or `node --test`.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { Producer } from 'loghub-producer'
import { startEmulator } from 'loghub-producer/emulator'

const credentials = { accessKeyId: 'test-id', accessKeySecret: 'test-secret' }
const place = { project: 'test-project', logstore: 'test-store' }
let emulator
let producer

beforeEach(async () => {
  emulator = await startEmulator({ autoCreate: true, credentials })
  producer = new Producer({ endpoint: emulator.url, ...place, credentials, lingerMs: 10 })
})

afterEach(async () => {
  await producer.close()
  await emulator.close()
})

test('a sign-up is logged with its plan', async () => {
  await producer.send({ topic: 'sign-up', logs: { contents: { user: 'ada', plan: 'pro' } } })
  const [log] = emulator.logs(place)
  assert.equal(log.topic, 'sign-up')
  assert.deepEqual(Object.fromEntries(log.contents), { user: 'ada', plan: 'pro' })
})

test('a log survives a busy service', async () => {
  const busy = emulator.script({ times: 2, then: { status: 503, errorCode: 'ServerBusy' } })
  const result = await producer.send({ logs: { contents: { n: 1 } } })
  assert.equal(busy.fired, 2)
  assert.equal(result.attemptCount, 3)
  assert.deepEqual(emulator.stats().refusals, { ServerBusy: 2 })
})

test('a wrong key is told, with what to do', async () => {
  producer.putProject({ project: place.project, credentials: { accessKeyId: 'test-id', accessKeySecret: 'wrong' } })
  producer.update({ retries: 0 })
  await assert.rejects(producer.send({ logs: { contents: { n: 1 } } }), {
    code: 'ERR_LOGHUB_SEND',
    serverCode: 'SignatureNotMatch',
  })
})
