import { expect, test } from 'vitest'
import { specProblems } from '../../../../src/agent/host/spec-problems.ts'
import type { CodeInputSpec, InputSpec } from '../../../../src/agent/index.ts'
import { jetstreamInput } from '../../../../src/agent/inputs/jetstream/jetstream-input.ts'
import type { JetstreamOptions } from '../../../../src/agent/inputs/jetstream/jetstream-options.ts'
import { ProducerError } from '../../../../src/core/errors.ts'
import { startAgent } from '../../support/start-agent.ts'
import { FakeSource } from './fake-source.ts'

const LOST = new ProducerError('ERR_LOGHUB_EXPIRED', 'too late')
const REFUSED = new ProducerError('ERR_LOGHUB_INVALID_LOG', 'an empty key')

async function start(options: Partial<JetstreamOptions> = {}, spec: Partial<CodeInputSpec> = {}) {
  const source = new FakeSource()
  const { agent, clock, producer, messages } = startAgent()
  producer.isInstant = false
  const input = jetstreamInput({ stream: 'LOGS', ...options }, '.', async () => source)
  await agent.add({ id: 'i', ...spec, input } as InputSpec)
  const byName = () => agent.status().inputs[0]!.counts.byName
  return { source, agent, clock, producer, messages, byName, settled: () => clock.advance(0) }
}

test('a message is acknowledged when its log is delivered, and not before', async () => {
  const { source, producer, settled } = await start()
  source.publish('one')
  source.publish('two')
  await settled()
  expect(producer.values()).toEqual(['one', 'two'])
  expect(source.endings).toEqual([])
  producer.settle(null, 1)
  expect(source.endings).toEqual(['ack 1'])
  producer.settle()
  expect(source.endings).toEqual(['ack 1', 'ack 2'])
})

test('while a message waits for its verdict the server is told in time that it is in progress', async () => {
  const { source, clock, producer, settled } = await start({ ackWaitMs: 10_000 })
  source.publish('one')
  await settled()
  await clock.advance(500)
  source.publish('two')
  await settled()
  await clock.advance(2400)
  expect(source.signs).toEqual([])
  await clock.advance(6600)
  expect(source.signs).toEqual([1, 2, 1, 2, 1])
  producer.settle()
  await clock.advance(60_000)
  expect(source.signs).toHaveLength(5)
})

test('messages that have their verdict soon need no sign of life', async () => {
  const { source, clock, producer, settled } = await start({ ackWaitMs: 10_000 })
  for (let i = 0; i < 20; i++) {
    source.publish(`${i}`)
    await settled()
    await clock.advance(2000)
    producer.settle()
  }
  expect(source.signs).toEqual([])
})

test('an outage of the service counts no delivery: what was given up is handed over again from memory', async () => {
  const { source, clock, producer, byName, settled } = await start({ maxDeliver: 1, deadLetter: 'dead' })
  source.publish('one')
  await settled()
  for (let i = 0; i < 5; i++) {
    producer.settle(LOST)
    await clock.advance(1000)
  }
  expect(producer.values()).toEqual(Array(6).fill('one'))
  expect(byName()).toMatchObject({ handedOverAgain: 5 })
  producer.settle()
  expect(source.endings).toEqual(['ack 1'])
  expect(source.buried).toEqual([])
})

test('a message that the service refuses becomes a dead letter, and ends once that is stored', async () => {
  const { source, clock, producer, byName, settled } = await start({ deadLetter: 'dead' })
  source.canBury = false
  source.publish('one')
  await settled()
  producer.settle(REFUSED)
  await clock.advance(3000)
  expect(source.endings).toEqual([])
  source.canBury = true
  await clock.advance(1000)
  expect(source.buried).toEqual(['1: an empty key'])
  expect(source.endings).toEqual(['term 1'])
  expect(byName()).toMatchObject({ deadLetters: 1 })
})

test('without a subject for dead letters what is refused is dropped, counted and told', async () => {
  const { source, producer, messages, byName, settled } = await start()
  source.publish('one')
  await settled()
  producer.settle(REFUSED)
  expect(source.endings).toEqual(['term 1'])
  expect(byName()).toMatchObject({ refusedMessages: 1 })
  expect(messages).toEqual(['i: message 1 (logs.app) is dropped: an empty key'])
})

test('a message that was delivered too often without an end becomes a dead letter', async () => {
  const { source, producer, settled } = await start({ maxDeliver: 3, deadLetter: 'dead' })
  source.publish('kills its agent', { deliveries: 4 })
  source.publish('does not', { deliveries: 3 })
  await settled()
  expect(source.buried).toEqual(['1: delivered 3 times without an end'])
  expect(producer.values()).toEqual(['does not'])
})

test('what is delivered again while it is here, or after its acknowledgement was lost, is not shipped twice', async () => {
  const { source, producer, settled } = await start()
  source.publish('one', { seq: 7 })
  source.publish('one', { seq: 7, deliveries: 2 })
  await settled()
  producer.settle()
  source.publish('one', { seq: 7, deliveries: 3 })
  await settled()
  expect(producer.values()).toEqual(['one'])
  expect(source.endings).toEqual(['ack 7', 'ack 7'])
})

test('a stream that was made anew begins again with its sequences: its messages are others, and are shipped', async () => {
  const { source, producer, settled } = await start()
  source.publish('old', { seq: 1, time: 1 })
  await settled()
  producer.settle()
  source.publish('new', { seq: 1, time: 2 })
  await settled()
  expect(producer.values()).toEqual(['old', 'new'])
})

test('a fetch that fails is told, and what may be gone is made anew before the next', async () => {
  const { source, clock, producer, messages, settled } = await start({ maxUnsettled: 1 })
  source.failure = new Error('consumer not found')
  source.publish('one')
  await settled()
  producer.settle()
  await settled()
  expect(messages).toEqual(['i: messages cannot be fetched: consumer not found; it is tried again every 1000 ms'])
  source.publish('two')
  await clock.advance(1000)
  expect(source.restores).toBe(1)
  expect(producer.values()).toEqual(['one', 'two'])
})

test('no more messages are asked for than may wait, in number and in bytes', async () => {
  const { source, producer, settled } = await start({ maxUnsettled: 4 })
  for (let i = 0; i < 10; i++) source.publish(`${i}`)
  await settled()
  expect(producer.values()).toHaveLength(4)
  producer.settle()
  await settled()
  expect(producer.values()).toHaveLength(8)
  const large = await start({ maxUnsettledBytes: 10_240 })
  expect(large.source.fetches).toEqual([10])
})

test('a producer without room holds back the stream', async () => {
  const { source, producer, settled } = await start({ maxUnsettled: 5 })
  producer.capacity = 2
  for (let i = 0; i < 10; i++) source.publish(`${i}`)
  await settled()
  expect(producer.values()).toHaveLength(2)
  expect(source.fetches).toEqual([5])
})

test('at the end what was read is handed over, and its verdict is acknowledged before the connection closes', async () => {
  const { source, agent, producer, settled } = await start()
  source.publish('one')
  source.publish('two')
  await settled()
  await agent.remove('i')
  expect(source.isClosed).toBe(false)
  producer.settle(null, 1)
  producer.settle(LOST)
  await settled()
  expect(source.endings).toEqual(['ack 1', 'nak 2'])
  expect(source.isClosed).toBe(true)
})

test('what cannot be handed over in time goes back to the stream', async () => {
  const { source, agent, clock, producer, settled } = await start()
  producer.capacity = 1
  for (let i = 0; i < 3; i++) source.publish(`${i}`)
  await settled()
  const removed = agent.remove('i', { timeoutMs: 100 })
  await clock.advance(200)
  await removed
  await settled()
  expect([...source.endings].sort()).toEqual(['nak 2', 'nak 3'])
  producer.settle()
  expect(source.endings).toContain('ack 1')
})

test('an input that need not be complete drops what has no room, and the stream goes on', async () => {
  const { source, agent, producer, settled } = await start({}, { required: false })
  producer.capacity = 1
  for (let i = 0; i < 3; i++) source.publish(`${i}`)
  await settled()
  expect(source.endings).toEqual(['ack 2', 'ack 3'])
  expect(agent.status().inputs[0]!.counts.dropped).toBe(2)
})

test('options that do not go together are refused', () => {
  const problems = (spec: object) => specProblems({ id: 'i', type: 'jetstream', ...spec } as InputSpec)
  expect(problems({ stream: 'LOGS', maxDeliver: 3 })).toEqual(['maxDeliver needs deadLetter'])
  expect(problems({ stream: 'LOGS', nats: { token: 'a', user: 'b', password: 'c' } })).toEqual([
    'nats: only one of token and user can be used',
  ])
  expect(problems({})).toEqual(['stream is missing'])
})
