import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import { CallbackSend } from '../../../src/producer/sends/callback-send.ts'
import { isRun, MAX_RUN_LOGS, type PendingSend } from '../../../src/producer/sends/pending-send.ts'
import { PromiseSend } from '../../../src/producer/sends/promise-send.ts'
import type { SendResult } from '../../../src/producer/sends/send-result.ts'
import { SILENT_SEND } from '../../../src/producer/sends/silent-send.ts'
import { settled } from '../../support/manual-clock.ts'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, observe, startProducer } from '../../support/test-producer.ts'

const resultOf = (requestId: string) => ({ requestId }) as SendResult
const failure = (text: string) => sinkError('final', { serverCode: text })
const mustNotHappen = (error: Error): never => expect.fail(error.message)

/** As a batch puts one send behind the other. */
function line(sends: readonly PendingSend[]): PendingSend[] {
  const inLine: PendingSend[] = []
  for (const send of sends) {
    const added = send.follow === undefined ? send : send.follow(inLine.at(-1))
    if (added !== undefined) inLine.push(added)
  }
  return inLine
}

function unhandledRejections(): unknown[] {
  const reasons: unknown[] = []
  const listen = (reason: unknown) => reasons.push(reason)
  process.on('unhandledRejection', listen)
  onTestFinished(() => {
    process.off('unhandledRejection', listen)
  })
  return reasons
}

test('single logs with one callback are one run of bounded length, and the callback is called for each', () => {
  let calls = 0
  const callback = () => calls++
  const runs = line(Array.from({ length: MAX_RUN_LOGS + 3 }, () => new CallbackSend(1, callback)))
  expect(runs.map(({ logCount }) => logCount)).toEqual([MAX_RUN_LOGS, 3])
  for (const run of runs) run.settle(null, resultOf('r'), mustNotHappen)
  expect(calls).toBe(MAX_RUN_LOGS + 3)
})

test('only neighbours that wait in the same way are one run; a list keeps to itself', () => {
  const one = () => {}
  const other = () => {}
  const sends = [
    ...[new CallbackSend(1, one), new CallbackSend(1, one), new CallbackSend(1, other), new CallbackSend(5, other)],
    ...[SILENT_SEND, SILENT_SEND, new PromiseSend(1), new PromiseSend(1), new PromiseSend(7), new CallbackSend(1, one)],
  ]
  const inLine = line(sends)
  expect(inLine.map((send) => [isRun(send), send.logCount])).toEqual([
    ...[
      [true, 2],
      [true, 1],
      [false, 5],
    ],
    ...[
      [true, 2],
      [true, 2],
      [false, 7],
      [true, 1],
    ],
  ])
})

test('a run holds what its logs hold, whole or cut', () => {
  const callback = () => {}
  const makers: (() => PendingSend)[] = [() => new CallbackSend(1, callback), () => new PromiseSend(1)]
  for (const make of makers) {
    const sends = Array.from({ length: 5 }, make)
    const held = sends.reduce((sum, { heldBytes }) => sum + heldBytes, 0)
    const [run] = line(sends)
    expect(run!.heldBytes).toBe(held)
    const pieces = isRun(run!) ? [run.cut(2), run.cut(3)] : []
    expect(pieces.reduce((sum, { heldBytes }) => sum + heldBytes, 0)).toBe(held)
  }
})

test('a callback that throws does not keep the rest of its run from being called', () => {
  let calls = 0
  const errors: string[] = []
  const callback = () => {
    if (++calls % 2 === 1) throw new Error('broken')
  }
  const [run] = line(Array.from({ length: 4 }, () => new CallbackSend(1, callback)))
  run!.settle(null, resultOf('r'), ({ message }) => errors.push(message))
  expect([calls, errors]).toEqual([4, ['broken', 'broken']])
})

test('the promises of a run are all different, and get the one verdict of the run', async () => {
  const sends = Array.from({ length: 3 }, () => new PromiseSend(1))
  const [run] = line(sends)
  const promises = sends.map(({ promise }) => promise)
  expect(new Set(promises).size).toBe(3)
  const result = resultOf('r')
  run!.settle(null, result, mustNotHappen)
  expect(await Promise.all(promises)).toEqual([result, result, result])
})

test('promises of a run that fails, and that nobody waits for, raise nothing', async () => {
  const unhandled = unhandledRejections()
  const sends = Array.from({ length: 3 }, () => new PromiseSend(1))
  const [run] = line(sends)
  const error = failure('NoMatter')
  run!.settle(error, undefined, mustNotHappen)
  await new Promise(setImmediate)
  expect(unhandled).toEqual([])
  await expect(sends[1]!.promise).rejects.toBe(error)
})

test('any cutting of a run of promises gives each log its own verdict as soon as that is there, in any order', async () => {
  const unhandled = unhandledRejections()
  const anyPieces = fc.array(fc.record({ logs: fc.integer({ min: 1, max: 4 }), fails: fc.boolean(), turn: fc.nat() }), {
    minLength: 1,
    maxLength: 6,
  })
  await fc.assert(
    fc.asyncProperty(anyPieces, async (cuts) => {
      const count = cuts.reduce((sum, { logs }) => sum + logs, 0)
      const sends = Array.from({ length: count }, () => new PromiseSend(1))
      const [run] = line(sends)
      const states = sends.map(({ promise }) => observe(promise))
      let first = 0
      const pieces = cuts.map(({ logs, fails, turn }, at) => {
        const piece = {
          send: isRun(run!) ? run.cut(logs) : expect.fail('a run'),
          at,
          fails,
          turn,
          first,
          end: first + logs,
        }
        first += logs
        return piece
      })
      const expected: string[] = states.map(() => 'pending')
      for (const { send, at, fails, first, end } of pieces.toSorted((a, b) => a.turn - b.turn)) {
        send.settle(fails ? failure(`part-${at}`) : null, resultOf(`part-${at}`), mustNotHappen)
        await settled()
        expected.fill(`${fails ? 'rejected' : 'resolved'} part-${at}`, first, end)
        const seen = states.map(({ state, result, error }) =>
          state === 'pending'
            ? state
            : `${state} ${result?.requestId ?? (error as { serverCode?: string }).serverCode}`,
        )
        expect(seen).toEqual(expected)
      }
    }),
    { numRuns: 50 },
  )
  expect(unhandled).toEqual([])
})

test('a send that waits for memory keeps the promise that its caller holds', async () => {
  const { producer, clock } = startProducer({ totalSizeInBytes: 700, lingerMs: 0 })
  const states = [1, 2, 3].map((n) => observe(producer.send({ logs: log(n) })))
  expect(producer.metrics().memory.blockedSends).toBeGreaterThan(0)
  for (let i = 0; i < 3; i++) await clock.advance(10)
  expect(states.map(({ state }) => state)).toEqual(states.map(() => 'resolved'))
})
