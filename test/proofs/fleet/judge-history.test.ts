import { expect, test } from 'vitest'
// @ts-expect-error: a script without types
import { judgeHistory } from './judge-history.mjs'

const life = new Map([['in', { from: 0, to: 400 }]])
const log = (n: number, at: number, run = 'r1', member = 'a') => ({ input: 'in', n, at, run, member })
const judge = (logs: object[], more: object = {}) =>
  judgeHistory({ logs, checkpoints: [], lives: life, outages: [], maxGapMs: 150, ...more }) as {
    problems: string[]
    copies: number
  }

test('a history in which each keeps to its turn is right, copies included', () => {
  const logs = [log(0, 100), log(1, 200), log(1, 300, 'r2', 'b'), log(2, 350, 'r2', 'b')]
  expect(judge(logs)).toMatchObject({ problems: [], copies: 1 })
})

test('two owners at a time, a missing log, a long rest and a checkpoint that goes back are found', () => {
  expect(judge([log(0, 100), log(1, 250), log(2, 240, 'r2', 'b'), log(3, 400, 'r2', 'b')]).problems).toEqual([
    'in: a wrote 10 ms after b had begun',
  ])
  expect(judge([log(0, 100), log(2, 200), log(3, 300)]).problems).toEqual(['in: 1 is missing'])
  expect(judge([log(0, 100), log(1, 180, 'r2')]).problems).toEqual([
    'in: rested from 0.2 s for 220 ms, 0 ms of it without NATS: a, then nobody',
  ])
  const outages = [{ from: 200, to: 300 }]
  expect(judge([log(0, 100), log(1, 180, 'r2')], { outages }).problems).toEqual([])
  const steps = [log(0, 100), log(1, 200), log(2, 300)]
  const checkpoints = [
    { input: 'in', token: 5, value: 2 },
    { input: 'in', token: 4, value: 3 },
    { input: 'in', token: 6, value: 1 },
  ]
  expect(judge(steps, { checkpoints }).problems).toEqual([
    'in: the checkpoint of token 4 came after that of 5',
    'in: the checkpoint went back from 3 to 1',
  ])
  const killed = [{ from: 150, to: 180, isTotal: true }]
  const again = [
    { input: 'in', token: 5, value: 1, at: 130 },
    { input: 'in', token: 5, value: 2, at: 140 },
    { input: 'in', token: 5, value: 1, at: 170 },
  ]
  expect(judge(steps, { checkpoints: again, outages: killed }).problems).toEqual([])
  expect(judge(steps, { checkpoints: again }).problems).toHaveLength(1)
  expect(judge(steps, { checkpoints: again.slice(1), outages: killed }).problems).toHaveLength(1)
})
