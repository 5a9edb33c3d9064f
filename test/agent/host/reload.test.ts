import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { every, follow, type Input } from '../../../src/agent/index.ts'
import { settled } from '../../support/manual-clock.ts'
import { FakeProducer } from '../support/fake-producer.ts'
import { runInput } from '../support/real-agent.ts'
import { startAgent } from '../support/start-agent.ts'

/** Counts its runs, and runs until it is told to end. */
function counted(): { readonly input: Input; readonly runs: () => number } {
  let runs = 0
  const input = follow(({ signal }) => {
    runs++
    return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
  })
  return { input, runs: () => runs }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

const post = async (port: number, n: number) =>
  (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: `${n}` })).status

describe('a reload', () => {
  test('without a change touches nothing', async () => {
    const { agent } = startAgent()
    const [a, b] = [counted(), counted()]
    const specs = [
      { id: 'a', input: a.input },
      { id: 'b', input: b.input, to: { topic: 't' } },
    ]
    await agent.apply(specs)
    await agent.apply(specs.map((spec) => ({ ...spec })))
    expect([a.runs(), b.runs()]).toEqual([1, 1])
  })

  test('of one input touches no other', async () => {
    const { agent } = startAgent()
    const [a, b] = [counted(), counted()]
    await agent.apply([
      { id: 'a', input: a.input },
      { id: 'b', input: b.input },
    ])
    await agent.apply([
      { id: 'a', input: a.input },
      { id: 'b', input: b.input, to: { topic: 'other' } },
    ])
    expect([a.runs(), b.runs()]).toEqual([1, 2])
  })

  test('gives the port of an input to one of another name, and lets two swap theirs', async () => {
    const [one, two] = [await freePort(), await freePort()]
    const producer = new FakeProducer()
    const { agent } = await runInput({ type: 'http', port: one, to: { topic: 'first' } }, {}, producer)
    await agent.apply([{ id: 'renamed', type: 'http', port: one, to: { topic: 'renamed' } }])
    expect(await post(one, 1)).toBe(200)
    const pair = (a: number, b: number) => [
      { id: 'a', type: 'http', port: a, to: { topic: 'a' } },
      { id: 'b', type: 'http', port: b, to: { topic: 'b' } },
    ]
    await agent.apply(pair(one, two))
    await agent.apply(pair(two, one))
    expect([await post(one, 2), await post(two, 3)]).toEqual([200, 200])
    expect(producer.taken.map(({ destination }) => destination.topic)).toEqual(['renamed', 'b', 'a'])
  })

  test('that cannot open a port leaves all that ran before, and it still serves', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => taken.once('listening', resolve))
    onTestFinished(() => void taken.close())
    const port = await freePort()
    const { agent, producer } = await runInput({ type: 'http', port, to: { topic: 'before' } })
    const { port: takenPort } = taken.address() as { port: number }
    const next = [
      { id: 'i', type: 'http', port, to: { topic: 'after' } },
      { id: 'j', type: 'http', port: takenPort },
    ]
    await expect(agent.apply(next)).rejects.toThrow('EADDRINUSE')
    expect(await post(port, 1)).toBe(200)
    expect(producer.taken.map(({ destination }) => destination.topic)).toEqual(['before'])
    expect(agent.specs().map(({ id }) => id)).toEqual(['i'])
  })

  test('of the memory share alone ends within its deadline, also while logs wait for their verdict', async () => {
    const { agent, clock, producer } = startAgent()
    producer.isInstant = false
    const input = follow(async ({ write, signal }) => {
      await write({ n: '1' })
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    })
    await agent.apply([{ id: 'a', input }])
    const applied = agent.apply([{ id: 'a', input, memoryShare: 0.25 }], { timeoutMs: 1000 })
    await clock.advance(1000)
    await applied
    expect(agent.specs()[0]).toMatchObject({ id: 'a', memoryShare: 0.25 })
  })
})

describe('an input', () => {
  test('without an id is refused', async () => {
    const { agent } = startAgent()
    await expect(agent.add({ id: '', input: counted().input })).rejects.toThrow('id')
    expect(agent.specs()).toEqual([])
  })

  test('that is removed while it waits out its jitter ends at once', async () => {
    const { agent, clock } = startAgent()
    await agent.add({ id: 'a', input: every({ intervalMs: 10_000, jitterMs: 5000 }, ({ write }) => write({ n: '1' })) })
    await clock.advance(1000)
    await agent.remove('a')
    expect(clock.timerCount).toBe(0)
  })

  test('that is removed while it waits for its next start ends at once', async () => {
    const { agent, clock } = startAgent()
    const failing = follow(() => Promise.reject(new Error('broken')))
    await agent.add({ id: 'a', input: failing })
    await settled()
    expect(agent.status().inputs[0]?.state).toBe('waiting')
    await agent.remove('a')
    expect(clock.timerCount).toBe(0)
  })

  test('that has failed for good can be replaced, or removed and added again', async () => {
    const { agent } = startAgent()
    const failing = follow(() => Promise.reject(new Error('broken')))
    await agent.add({ id: 'a', input: failing, restart: { policy: 'never' } })
    await settled()
    expect(agent.status().inputs[0]?.state).toBe('failed')
    const [first, second] = [counted(), counted()]
    await agent.replace({ id: 'a', input: first.input })
    expect(agent.status().inputs[0]?.state).toBe('running')
    await agent.remove('a')
    await agent.add({ id: 'a', input: second.input })
    expect([first.runs(), second.runs()]).toEqual([1, 1])
  })

  test('is read by two readers of its status alike, however often they look', async () => {
    const { agent } = startAgent()
    await agent.add({ id: 'a', input: follow(({ write }) => write({ n: '1' })) })
    await settled()
    const readings = Array.from({ length: 10 }, () => agent.status())
    for (const reading of readings) expect(reading).toEqual(readings[0])
    expect(readings[0]?.inputs[0]?.counts).toMatchObject({ logs: 1, delivered: 1 })
  })
})
