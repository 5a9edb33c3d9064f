import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Deferred } from '../../src/core/deferred.ts'
import { settled } from '../support/manual-clock.ts'
import { log, sentLogs, startProducer } from '../support/test-producer.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

describe('the exit hook', () => {
  const raised: unknown[] = []
  const listenersBefore = SIGNALS.map((signal) => process.listeners(signal))

  beforeEach(() => {
    raised.length = 0
    // The runner of the tests may listen itself.
    for (const signal of SIGNALS) process.removeAllListeners(signal)
    vi.spyOn(process, 'kill').mockImplementation((_, signal) => {
      raised.push(signal)
      return true
    })
  })

  afterEach(() => {
    vi.restoreAllMocks()
    for (const [index, signal] of SIGNALS.entries()) {
      process.removeAllListeners(signal)
      for (const listener of listenersBefore[index] ?? []) process.on(signal, listener as () => void)
    }
  })

  const counts = () => SIGNALS.map((signal) => process.listenerCount(signal))
  const receive = (signal: NodeJS.Signals) => process.emit(signal, signal)

  test('is there only where it was asked for', () => {
    startProducer()
    startProducer({ exitHook: false })
    expect(counts()).toEqual([0, 0, 0])
    startProducer({ exitHook: true })
    expect(counts()).toEqual([1, 1, 1])
  })

  test.each(SIGNALS)('on %s delivers what is accepted and then raises the signal again', async (signal) => {
    const { producer, sink } = startProducer({ exitHook: true }, ['hang'])
    producer.trySend({ logs: log(1) })
    receive(signal)
    await settled()
    expect([sentLogs(sink.seen), raised, counts()]).toEqual([[['1']], [], [1, 1, 1]])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([raised, producer.metrics().logs.delivered, counts()]).toEqual([[signal], 1, [0, 0, 0]])
  })

  test.each([
    [true, 5000],
    [{ timeoutMs: 700 }, 700],
  ] as const)('waits no longer than its time: %o', async (exitHook, timeoutMs) => {
    const { producer, clock, sink } = startProducer({ exitHook })
    sink.otherwise = 'hang'
    producer.trySend({ logs: log(1) })
    receive('SIGTERM')
    await clock.advance(timeoutMs - 1)
    expect(raised).toEqual([])
    await clock.advance(1)
    expect(raised).toEqual(['SIGTERM'])
  })

  test('stays while close is under way, and does not wait as long as close may', async () => {
    const { producer, clock, sink } = startProducer({ exitHook: { timeoutMs: 100 }, deliveryTimeoutMs: 1e9 })
    sink.otherwise = 'hang'
    producer.trySend({ logs: log(1) })
    const closed = producer.close({ timeoutMs: 60_000 })
    expect(counts()).toEqual([1, 1, 1])
    receive('SIGTERM')
    await clock.advance(99)
    expect(raised).toEqual([])
    await clock.advance(1)
    expect(raised).toEqual(['SIGTERM'])
    await clock.advance(60_000)
    await closed
  })

  test('goes with the producer', async () => {
    const { producer } = startProducer({ exitHook: true })
    await producer.close()
    expect(counts()).toEqual([0, 0, 0])
  })

  test('of several producers is one, and waits for the slowest of them', async () => {
    const [quick, slow] = [startProducer({ exitHook: true }), startProducer({ exitHook: true }, ['hang'])] as const
    expect(counts()).toEqual([1, 1, 1])
    quick.producer.trySend({ logs: log(1) })
    slow.producer.trySend({ logs: log(2) })
    receive('SIGTERM')
    await settled()
    expect([quick.sink.isClosed, raised]).toEqual([true, []])
    slow.sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect(raised).toEqual(['SIGTERM'])
  })

  test('leaves the end of the process to an application that listens to the signal itself', async () => {
    const heard: string[] = []
    process.on('SIGTERM', (signal) => heard.push(signal))
    const { producer, sink } = startProducer({ exitHook: true })
    producer.trySend({ logs: log(1) })
    receive('SIGTERM')
    await settled()
    expect([sink.isClosed, heard, raised]).toEqual([true, ['SIGTERM'], []])
  })

  test('takes a second signal some milliseconds later for an echo, as Ctrl-C under npm gives one', async () => {
    const { producer, clock, sink } = startProducer({ exitHook: true }, ['hang'])
    producer.trySend({ logs: log(1) })
    receive('SIGINT')
    await clock.advance(3)
    receive('SIGINT')
    await clock.advance(1000)
    receive('SIGTERM')
    await settled()
    expect(raised).toEqual([])
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
    expect([raised, producer.metrics().logs.delivered]).toEqual([['SIGINT'], 1])
  })

  test('does not hold up a second signal that somebody means', async () => {
    const { producer, clock, sink } = startProducer({ exitHook: true }, ['hang'])
    producer.trySend({ logs: log(1) })
    receive('SIGINT')
    await clock.advance(1500)
    receive('SIGINT')
    expect([raised, counts()]).toEqual([['SIGINT'], [0, 0, 0]])
    // Before the test ends: what is raised later would end the runner.
    sink.seen[0]?.answer.resolve({ requestId: 'done' })
    await settled()
  })

  test('of two copies of the package, as ESM and CommonJS make them, is one and loses nobody', async () => {
    const first = startProducer({ exitHook: true })
    vi.resetModules()
    const copy = await import('../../src/producer/exit-hook.ts')
    const finish = new Deferred<void>()
    copy.installExitHook(() => finish.promise, first.clock)
    expect(counts()).toEqual([1, 1, 1])
    first.producer.trySend({ logs: log(1) })
    receive('SIGTERM')
    await settled()
    expect([first.sink.isClosed, raised]).toEqual([true, []])
    finish.resolve()
    await settled()
    expect(raised).toEqual(['SIGTERM'])
  })
})
