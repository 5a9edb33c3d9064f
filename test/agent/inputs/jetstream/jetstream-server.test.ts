import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect, headers, type NatsConnection } from '@nats-io/transport-node'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Agent, type AgentOptions } from '../../../../src/agent/index.ts'
import { ProducerError } from '../../../../src/core/errors.ts'
import { silentLogger } from '../../../../src/core/logger.ts'
import { hasNatsServer, type NatsServer, startNatsServer } from '../../../support/nats-server.mjs'
import { FakeProducer } from '../../support/fake-producer.ts'
import { runInput } from '../../support/real-agent.ts'
import { eventually } from '../../support/start-agent.ts'

test.runIf(!hasNatsServer)('the NATS part is left out: there is no nats-server on the PATH', () => {})

describe.skipIf(!hasNatsServer)('the input jetstream, with a real server', () => {
  let server: NatsServer
  let connection: NatsConnection
  let client: JetStreamClient
  let manager: JetStreamManager
  let streams = 0

  beforeAll(async () => {
    server = await startNatsServer()
    connection = await connect({ servers: server.url })
    client = jetstream(connection)
    manager = await jetstreamManager(connection)
  })
  afterAll(async () => {
    await connection?.close()
    await server?.stop()
  })

  /** A new stream with messages, and the spec of an input that ships them. */
  async function stream(messages: readonly string[] = []) {
    const name = `S${++streams}`
    await manager.streams.add({ name, subjects: [`${name}.>`] })
    for (const text of messages) await client.publish(`${name}.app`, text)
    return { name, spec: { type: 'jetstream', stream: name, nats: { servers: [server.url] } } }
  }

  const unsettled = async (name: string) => {
    const { num_pending, num_ack_pending } = await manager.consumers.info(name, 'i')
    return num_pending + num_ack_pending
  }
  const whenConsumed = async (name: string) => {
    const end = performance.now() + 5000
    while ((await manager.consumers.info(name, 'i').catch(() => undefined)) === undefined && performance.now() < end)
      await new Promise((done) => setTimeout(done, 20))
  }
  const settled = async (name: string) => {
    const end = performance.now() + 8000
    while ((await unsettled(name)) > 0 && performance.now() < end) await new Promise((done) => setTimeout(done, 20))
    return (await unsettled(name)) === 0
  }

  test('ships what is there and what comes, and the server forgets each when it is delivered', async () => {
    const { name, spec } = await stream(['one', 'two'])
    const producer = new FakeProducer()
    producer.isInstant = false
    await runInput(spec, {}, producer)
    await eventually(() => producer.taken.length === 2)
    expect(await unsettled(name)).toBe(2)
    await client.publish(`${name}.app`, 'three')
    await eventually(() => producer.taken.length === 3)
    producer.settle()
    expect(await settled(name)).toBe(true)
    expect(producer.values()).toEqual(['one', 'two', 'three'])
  })

  test('what a dead agent had is delivered to another; what it had settled is not', async () => {
    const { name, spec } = await stream(['one', 'two', 'three'])
    const dead = new FakeProducer()
    dead.isInstant = false
    const short = { ...spec, ackWaitMs: 1000 }
    const { agent } = await runInput(short, {}, dead)
    await eventually(() => dead.taken.length === 3)
    dead.settle(null, 1)
    // Its producer gives all up: the messages go back at once.
    await agent.remove('i')
    dead.settle(new ProducerError('ERR_LOGHUB_CLOSED', 'closed'))
    const { producer, counts } = await runInput(short)
    await eventually(() => producer.taken.length === 2)
    expect(await settled(name)).toBe(true)
    expect(producer.values().sort()).toEqual(['three', 'two'])
    expect(counts().byName.redeliveries).toBeGreaterThan(0)
  })

  test('several agents share the messages of one consumer', async () => {
    const { name, spec } = await stream()
    const inputs = await Promise.all([runInput(spec), runInput(spec), runInput(spec)])
    for (let i = 0; i < 300; i++) connection.publish(`${name}.app`, `${i}`)
    const total = () => inputs.flatMap(({ producer }) => producer.values())
    await eventually(() => total().length === 300)
    expect(new Set(total()).size).toBe(300)
    expect(await settled(name)).toBe(true)
  })

  test('a message that cannot be read is a dead letter with its reason, and is stored once', async () => {
    const { name, spec } = await stream()
    const dead = await stream()
    const fields = headers()
    fields.set('Content-Type', 'application/json')
    fields.set('Nats-Msg-Id', 'its-own')
    await client.publish(`${name}.app`, 'no JSON', { headers: fields })
    await client.publish(`${name}.app`, 'fine')
    const { producer } = await runInput({ ...spec, deadLetter: `${dead.name}.letters` })
    await eventually(() => producer.taken.length === 1)
    expect(await settled(name)).toBe(true)
    const letter = await manager.streams.getMessage(dead.name, { seq: 1 })
    expect(letter!.string()).toBe('no JSON')
    expect(letter!.header.get('Loghub-Reason')).toMatch('it cannot be read: the body is not JSON')
    expect(letter!.header.get('Loghub-Sequence')).toBe('1')
    expect(letter!.header.get('Content-Type')).toBe('application/json')
  })

  test('a run that ends ships what is there and ends', async () => {
    const { name, spec } = await stream(Array.from({ length: 50 }, (_, i) => `${i}`))
    const { producer, agent, status } = await runInput(spec, { once: true })
    await agent.finished()
    expect(status().state).toBe('finished')
    expect(producer.values()).toHaveLength(50)
    expect(await settled(name)).toBe(true)
  })

  test('a consumer begins at the end where it is told to, and gets the options of the input', async () => {
    const { name, spec } = await stream(['old'])
    const { producer } = await runInput({ ...spec, startAt: 'end', subjects: [`${name}.*`], ackWaitMs: 5000 })
    await eventually(() => true)
    const info = async () => (await manager.consumers.info(name, 'i').catch(() => undefined))?.config
    const end = performance.now() + 8000
    while ((await info()) === undefined && performance.now() < end) await new Promise((done) => setTimeout(done, 20))
    expect(await info()).toMatchObject({
      ack_wait: 5e9,
      max_deliver: -1,
      filter_subject: `${name}.*`,
      ack_policy: 'explicit',
    })
    await client.publish(`${name}.app`, 'new')
    await eventually(() => producer.taken.length === 1)
    expect(producer.values()).toEqual(['new'])
    await runInput({ ...spec, ackWaitMs: 7000, subjects: [`${name}.*`] })
    while ((await info())?.ack_wait !== 7e9 && performance.now() < end)
      await new Promise((done) => setTimeout(done, 20))
    expect(await info()).toMatchObject({ ack_wait: 7e9 })
  })

  test('a consumer, or a stream, that was deleted is followed again, with nothing lost and nothing settled again', async () => {
    const { name, spec } = await stream(['before'])
    const { producer } = await runInput({ ...spec, startAt: 'end' })
    const publish = async (...texts: string[]) => {
      for (const text of texts) await client.publish(`${name}.app`, text)
    }
    await whenConsumed(name)
    await publish('one', 'two')
    expect(await settled(name)).toBe(true)
    await manager.consumers.delete(name, 'i')
    await publish('three')
    await eventually(() => producer.values().length === 3, 8000)
    await manager.streams.delete(name)
    await manager.streams.add({ name, subjects: [`${name}.>`] })
    await publish('four')
    await eventually(() => producer.values().length === 4, 8000)
    expect(producer.values()).toEqual(['one', 'two', 'three', 'four'])
  })

  test('what cannot be used is said in the status, and tried again', async () => {
    const failing = async (spec: object, options: Partial<AgentOptions> = {}) => {
      const { status } = await runInput(spec, options)
      await eventually(() => status().lastError !== undefined)
      return status()
    }
    const { name, spec } = await stream()
    expect(await failing({ ...spec, stream: 'NONE' })).toMatchObject({
      state: 'waiting',
      lastError: 'there is no stream NONE; create it: nats stream add NONE',
    })
    expect((await failing({ ...spec, deadLetter: 'nowhere' })).lastError).toMatch(
      'no stream takes the dead letters of nowhere',
    )
    expect((await failing({ ...spec, deadLetter: `${name}.dead` })).lastError).toMatch('must go to another stream')
    await manager.consumers.add(name, { durable_name: 'careless', ack_policy: 'none' })
    expect((await failing({ ...spec, consumer: 'careless' })).lastError).toMatch(
      'is no pull consumer with explicit ack',
    )
  })

  test('the server may go away and come back: the input goes on, and ships nothing twice that was settled', async () => {
    const own = await startNatsServer()
    onTestFinished(() => own.stop())
    const first = await connect({ servers: own.url })
    await (await jetstreamManager(first)).streams.add({ name: 'LOGS', subjects: ['logs.>'] })
    await jetstream(first).publish('logs.a', 'before')
    await first.close()
    const producer = new FakeProducer()
    const agent = new Agent({ producer, logger: silentLogger })
    onTestFinished(async () => void (await agent.close({ timeoutMs: 1000 })))
    await agent.add({ id: 'i', type: 'jetstream', stream: 'LOGS', nats: { servers: [own.url] }, ackWaitMs: 1000 })
    await eventually(() => producer.taken.length === 1)
    await own.kill()
    await eventually(() => agent.status().inputs[0]!.details.nats === 'disconnected')
    await own.start()
    const second = await connect({ servers: own.url })
    await jetstream(second).publish('logs.a', 'after')
    await eventually(() => producer.taken.length >= 2, 15_000)
    await second.close()
    expect(producer.values()).toEqual(['before', 'after'])
  }, 30_000)
})
