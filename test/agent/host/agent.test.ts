import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { every, follow, type Input, type InputContext } from '../../../src/agent/index.ts'
import { settled } from '../../support/manual-clock.ts'
import { startAgent, temporaryFolder } from '../support/start-agent.ts'

/** Runs until it is told to end. */
const idle = (): Input =>
  follow(({ signal }) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())))
const deaf = (): Input => follow(() => new Promise(() => {}))

describe('changes are all or nothing', () => {
  test('a duplicate id, also twice in one call, is refused and nothing has changed', async () => {
    const { agent } = startAgent()
    await agent.add({ id: 'a', input: idle() })
    await expect(
      agent.add([
        { id: 'b', input: idle() },
        { id: 'a', input: idle() },
      ]),
    ).rejects.toThrow('a: there is an input of this id')
    await expect(
      agent.add([
        { id: 'c', input: idle() },
        { id: 'c', input: idle() },
      ]),
    ).rejects.toThrow('c: the id is given twice')
    expect(agent.specs().map(({ id }) => id)).toEqual(['a'])
  })

  test('everything that is wrong is named together', async () => {
    const { agent } = startAgent()
    const specs = [
      { type: 'file', paths: [] },
      { id: 'b', type: 'fil', paths: ['x'] },
      { id: 'c', type: 'file', path: ['x'] },
    ]
    const error: Error = await agent.add(specs as never).catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
    for (const part of [
      'inputs[0]: id must be',
      "b: type: there is no type 'fil'; did you mean file?",
      'c: path: there is no such option; did you mean paths?',
      'c: paths is missing',
    ]) {
      expect(error.message).toContain(part)
    }
    expect(agent.status().inputs).toEqual([])
  })

  test('a second input that reads the standard input is refused: each would get a part of the lines', async () => {
    const { agent } = startAgent()
    const stdin = (id: string) => ({ id, type: 'stdin' })
    const refusal = { code: 'ERR_LOGHUB_OPTION', message: 'only one input can be of type stdin: a, b' }
    await expect(agent.add([stdin('a'), stdin('b')])).rejects.toMatchObject(refusal)
    await expect(agent.apply([stdin('a'), stdin('b')])).rejects.toMatchObject(refusal)
    expect(agent.specs()).toEqual([])
  })

  test('an unknown id is refused with the nearest one, and nothing is removed', async () => {
    const { agent } = startAgent()
    await agent.add([
      { id: 'nginx', input: idle() },
      { id: 'b', input: idle() },
    ])
    await expect(agent.remove(['b', 'ngnix'])).rejects.toThrow(
      'ngnix: there is no input of this id; did you mean nginx?',
    )
    await expect(agent.replace({ id: 'ngnix', input: idle() })).rejects.toThrow('did you mean nginx?')
    expect(agent.specs()).toHaveLength(2)
    await agent.remove(['b', 'b'])
    expect(agent.specs()).toHaveLength(1)
  })

  test('an input that cannot open takes back those that started with it', async () => {
    const { agent } = startAgent()
    const broken: Input = { open: () => Promise.reject(new Error('the port is taken')), run: async () => {} }
    await expect(
      agent.add([
        { id: 'a', input: idle() },
        { id: 'b', input: broken },
      ]),
    ).rejects.toThrow('b: the port is taken')
    expect(agent.status().inputs).toEqual([])
  })

  test('a replacement that cannot open leaves the one before it in its place', async () => {
    const { agent } = startAgent()
    await agent.add({ id: 'a', input: idle() })
    const broken: Input = { open: () => Promise.reject(new Error('no')), run: async () => {} }
    await expect(agent.replace({ id: 'a', input: broken })).rejects.toThrow('a: no')
    expect(agent.status().inputs).toMatchObject([{ id: 'a', state: 'running' }])
  })

  test('apply lets what has not changed run on', async () => {
    const { agent } = startAgent()
    const starts: string[] = []
    const noted = (id: string) =>
      follow(async ({ signal }) => {
        starts.push(id)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      })
    const [a, b] = [noted('a'), noted('b')]
    await agent.apply([
      { id: 'a', input: a },
      { id: 'b', input: b },
    ])
    await agent.apply([
      { id: 'a', input: a },
      { id: 'b', input: b, required: false },
      { id: 'c', input: noted('c') },
    ])
    expect(starts).toEqual(['a', 'b', 'b', 'c'])
    await agent.apply([])
    expect(agent.specs()).toEqual([])
  })

  test('after close nothing can be added', async () => {
    const { agent } = startAgent()
    await agent.close()
    await expect(agent.add({ id: 'a', input: idle() })).rejects.toMatchObject({ code: 'ERR_LOGHUB_CLOSED' })
  })
})

describe('remove', () => {
  test('resolves when the loop has ended and its last log is with the producer', async () => {
    const { agent, producer, clock } = startAgent()
    producer.isInstant = false
    producer.capacity = 1
    await agent.add({
      id: 'a',
      input: follow(async ({ write, signal }) => {
        await write({ n: '1' })
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
        await write({ n: 'last' })
      }),
    })
    await settled()
    let isRemoved = false
    const removing = agent.remove('a').then(() => {
      isRemoved = true
    })
    await settled()
    expect(isRemoved).toBe(false)
    producer.settle()
    await clock.advance(0)
    await removing
    expect(producer.values('n')).toEqual(['1', 'last'])
  })

  test('of an input that ignores its signal returns at its deadline; what it writes then is thrown away', async () => {
    const { agent, producer, clock } = startAgent()
    let context: InputContext | undefined
    await agent.add({
      id: 'a',
      input: follow((given) => {
        context = given
        return new Promise(() => {})
      }),
    })
    const removing = agent.remove('a', { timeoutMs: 300 })
    await clock.advance(300)
    await removing
    await agent.add({ id: 'a', input: idle() })
    await context!.write({ n: 'zombie' })
    context!.checkpoint.save('zombie')
    expect(producer.taken).toEqual([])
    expect(context!.checkpoint.load()).toBeUndefined()
    expect(agent.status().leftBehind).toBe(1)
  })

  test('of an input that hangs in its gather returns within its deadline', async () => {
    const { agent, clock } = startAgent()
    await agent.add({ id: 'a', input: every({ intervalMs: 10_000 }, () => new Promise(() => {})) })
    await clock.advance(0)
    const removing = agent.remove('a', { timeoutMs: 5000 })
    await clock.advance(1001)
    await removing
    expect(agent.status()).toMatchObject({ inputs: [], leftBehind: 0 })
  })

  test('and add of the same id at once never run two of it', async () => {
    const { agent, clock } = startAgent()
    let running = 0
    let most = 0
    const counted = follow(async ({ signal, clock: time }) => {
      most = Math.max(most, ++running)
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => time.setTimer(resolve, 50)))
      running--
    })
    await agent.add({ id: 'a', input: counted })
    const changes = [
      agent.remove('a'),
      agent.add({ id: 'a', input: counted }),
      agent.replace({ id: 'a', input: counted }),
    ]
    await clock.advance(200)
    await Promise.all(changes)
    expect(most).toBe(1)
  })
})

describe('supervision', () => {
  test('a failure is contained, told, and tried again with longer and longer waits', async () => {
    const { agent, clock, messages } = startAgent()
    const starts: number[] = []
    const failed = vi.fn()
    agent.on('failed', failed)
    await agent.add({
      id: 'a',
      input: follow(async () => {
        starts.push(clock.monotonicMs())
        throw new Error(`boom ${starts.length}`)
      }),
    })
    await clock.advance(7000)
    expect(starts).toEqual([0, 1000, 3000, 7000])
    expect(failed.mock.calls[0]![0]).toMatchObject({ id: 'a', error: { message: 'boom 1' }, restartInMs: 1000 })
    expect(messages[0]).toBe('a: failed: boom 1; again in 1000 ms')
    expect(agent.status().inputs[0]).toMatchObject({ state: 'waiting', restarts: 3, lastError: 'boom 4' })
    expect(agent.health()).toMatchObject({ ok: false, components: [{ id: 'a', ok: false, reason: 'boom 4' }] })
  })

  test('too many failures in the window end in failed', async () => {
    const { agent, clock } = startAgent()
    await agent.add({
      id: 'a',
      restart: { maxRestarts: 2, backoffMs: 10 },
      input: follow(() => Promise.reject(new Error('no'))),
    })
    await clock.advance(1000)
    expect(agent.status().inputs[0]).toMatchObject({ state: 'failed', restarts: 2 })
    await agent.remove('a')
  })

  test('an end is an end, unless the policy says always', async () => {
    const { agent, clock } = startAgent()
    const once = follow(async ({ write }) => write({ n: '1' }))
    await agent.add([
      { id: 'a', input: once },
      { id: 'b', input: once, restart: { policy: 'always', maxRestarts: 3 } },
    ])
    await clock.advance(100_000)
    expect(agent.status().inputs).toMatchObject([
      { state: 'finished', restarts: 0 },
      { state: 'failed', restarts: 3 },
    ])
  })

  test('a synchronous throw is a failure as well', async () => {
    const { agent, clock } = startAgent()
    await agent.add({
      id: 'a',
      restart: { policy: 'never' },
      input: {
        run: () => {
          throw new Error('at once')
        },
      },
    })
    await clock.advance(1)
    expect(agent.status().inputs[0]).toMatchObject({ state: 'failed', lastError: 'at once' })
  })
})

describe('a periodic input', () => {
  test('gathers on its schedule, and a failed gather costs that gather alone', async () => {
    const { agent, clock, producer } = startAgent()
    let n = 0
    await agent.add({
      id: 'a',
      input: every({ intervalMs: 1000 }, async ({ write }) => {
        n++
        if (n === 2) throw new Error('once')
        await write({ n: String(n) })
      }),
    })
    await clock.advance(3000)
    expect(producer.values('n')).toEqual(['1', '3', '4'])
    expect(agent.status().inputs[0]).toMatchObject({ state: 'running', counts: { byName: { gatherErrors: 1 } } })
  })

  test('a gather over its deadline is aborted by its signal and the next tick gathers', async () => {
    const { agent, clock, producer } = startAgent()
    let n = 0
    await agent.add({
      id: 'a',
      input: every({ intervalMs: 10_000, timeoutMs: 2000 }, async ({ write, signal }) => {
        if (++n === 1) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        await write({ n: String(n) })
      }),
    })
    await clock.advance(10_000)
    expect(producer.values('n')).toEqual(['2'])
    expect(agent.status().inputs[0]!.counts.byName).toMatchObject({ gatherTimeouts: 1 })
  })

  test('a gather that ignores its signal fails the input, and what it still writes is thrown away', async () => {
    const { agent, clock, producer } = startAgent()
    const late: (() => Promise<void>)[] = []
    await agent.add({
      id: 'a',
      input: every({ intervalMs: 10_000, timeoutMs: 2000 }, ({ write }) => {
        late.push(() => write({ n: 'late' }))
        return new Promise(() => {})
      }),
    })
    await clock.advance(3000)
    expect(agent.status().inputs[0]!.state).toBe('waiting')
    await late[0]!()
    expect(producer.taken).toEqual([])
  })

  test('ticks that a long gather misses are counted', async () => {
    const { agent, clock } = startAgent()
    await agent.add({
      id: 'a',
      input: every(
        { intervalMs: 1000, timeoutMs: 10_000 },
        ({ context }) => new Promise((resolve) => context.clock.setTimer(() => resolve(), 3500)),
      ),
    })
    await clock.advance(4000)
    expect(agent.status().inputs[0]!.counts.byName).toMatchObject({ missedTicks: 3 })
  })

  test('a missing sign of life is seen in the health', async () => {
    const { agent, clock } = startAgent()
    await agent.add({
      id: 'a',
      input: follow(async ({ beat, signal }) => {
        beat(5000)
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
      }),
    })
    await clock.advance(4000)
    expect(agent.health().ok).toBe(true)
    await clock.advance(2000)
    expect(agent.health()).toMatchObject({ ok: false, components: [{ reason: 'no heartbeat in time' }] })
  })
})

describe('back-pressure', () => {
  test('an input that is not required drops and counts instead of waiting', async () => {
    const { agent, producer } = startAgent()
    producer.isInstant = false
    producer.capacity = 2
    await agent.add({
      id: 'a',
      required: false,
      input: follow(async ({ write }) => {
        for (let n = 0; n < 5; n++) await write({ n: String(n) })
      }),
    })
    await settled()
    expect(agent.status().inputs[0]).toMatchObject({ state: 'finished', counts: { logs: 2, dropped: 3 } })
  })

  test('one that floods keeps to its share, and leaves the rest to the others', async () => {
    const { agent, producer } = startAgent()
    producer.isInstant = false
    producer.totalBytes = 4000
    await agent.add({
      id: 'flood',
      memoryShare: 0.25,
      input: follow(async ({ write, signal }) => {
        while (!signal.aborted) await write({ text: 'x'.repeat(100) })
      }),
    })
    await settled()
    const { counts } = agent.status().inputs[0]!
    expect(counts.inFlightBytes).toBeLessThanOrEqual(1000)
    expect(counts.inFlightLogs).toBeGreaterThan(5)
    producer.settle(null, 3)
    await settled()
    expect(agent.status().inputs[0]!.counts.inFlightLogs).toBe(counts.inFlightLogs)
  })

  test('one bad log in a list costs no other', async () => {
    const { agent, producer } = startAgent()
    await agent.add({
      id: 'a',
      input: follow(async ({ writer }) => {
        await writer.writeAll([{ contents: { n: '1' } }, { contents: { '': 'bad' } }, { contents: { n: '3' } }])
      }),
    })
    await settled()
    expect(producer.values('n')).toEqual(['1', '3'])
    expect(agent.status().inputs[0]!.counts).toMatchObject({ logs: 3, delivered: 2, failed: 1, inFlightLogs: 0 })
  })
})

test('a thousand adds and removes of the same ids under load leave nothing behind', async () => {
  const { agent, clock, producer } = startAgent()
  const chatty = () =>
    follow(async ({ write, signal, clock: time }) => {
      while (!signal.aborted) {
        await write({ n: '1' })
        await new Promise<void>((resolve) => {
          const cancel = time.setTimer(resolve, 5)
          signal.addEventListener(
            'abort',
            () => {
              cancel()
              resolve()
            },
            { once: true },
          )
        })
      }
    })
  for (let round = 0; round < 1000; round++) {
    const adding = agent.add([
      { id: 'a', input: chatty() },
      { id: 'b', input: every({ intervalMs: 3 }, ({ write }) => write({ n: '2' })) },
    ])
    const removing = agent.remove(['a', 'b'])
    await Promise.all([adding, removing])
  }
  expect(producer.taken.length).toBeGreaterThan(500)
  expect(clock.timerCount).toBe(0)
  expect(agent.status()).toEqual({ inputs: [], leftBehind: 0 })
})

test('close ends all inputs at its deadline and tells who was late', async () => {
  const { agent, clock } = startAgent()
  await agent.add([
    { id: 'a', input: idle() },
    { id: 'b', input: deaf() },
  ])
  const closing = [agent.close({ timeoutMs: 1000 }), agent.close()]
  await clock.advance(1000)
  expect(await Promise.all(closing)).toEqual([{ leftBehind: ['b'] }, { leftBehind: ['b'] }])
  expect(clock.timerCount).toBe(0)
})

describe('a transform whose module never finishes loading', () => {
  const setup = () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'hang.mjs'), 'await new Promise(() => {})')
    const { agent, clock } = startAgent({ baseDirectory: folder })
    const input = { run: async () => {} }
    const adding = agent.add({ id: 'a', input, transforms: [{ type: 'module', module: './hang.mjs' }] })
    const refused = expect(adding).rejects
    return { agent, clock, refused }
  }

  test('is refused after its time, and changes that wait behind it are made', async () => {
    const { agent, clock, refused } = setup()
    const next = agent.add({ id: 'b', input: { run: async () => {} } })
    await clock.advance(10_000)
    await refused.toThrow('a: its transforms were not loaded within 10000 ms')
    await next
    expect(agent.status().inputs.map(({ id }) => id)).toEqual(['b'])
  })

  test('does not hold up the end of the agent', async () => {
    const { agent, refused } = setup()
    await settled()
    await agent.close()
    await refused.toThrow('the agent is closed')
  })
})
