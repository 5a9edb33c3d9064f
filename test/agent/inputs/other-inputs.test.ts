import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { METRICS } from '../../../src/agent/inputs/host-metrics/collectors.ts'
import { stdinInput } from '../../../src/agent/inputs/stdin.ts'
import { runInput } from '../support/real-agent.ts'
import { eventually, temporaryFolder } from '../support/start-agent.ts'

test('standard input is read to its end, and then the input has finished', async () => {
  const stream = Readable.from([Buffer.from('\uFEFFone\ntw'), Buffer.from('o\nthree')])
  const { producer, agent, status } = await runInput({ input: stdinInput({ type: 'stdin' } as never, () => stream) })
  await agent.finished()
  expect(status().state).toBe('finished')
  expect(producer.values()).toEqual(['one', 'two', 'three'])
})

test('lines of standard input are joined into logs', async () => {
  const stream = Readable.from(['a\n', ' b\n c', '\nd'].map((text) => Buffer.from(text)))
  const { producer, agent } = await runInput({
    input: stdinInput({ multiLine: { preset: 'indented' } } as never, () => stream),
  })
  await agent.finished()
  expect(producer.values()).toEqual(['a\n b\n c', 'd'])
})

test('the state of the machine is measured, a log for each thing', async () => {
  const { producer, counts } = await runInput({ type: 'host-metrics', intervalMs: 60_000 })
  await eventually(() => new Set(producer.values('metric')).size >= METRICS.length - 1, 15_000)
  expect(counts().byName).toEqual({})
  const memory = producer.taken.find(({ contents }) => contents.metric === 'memory')!
  expect(Number(memory.contents.total_bytes)).toBeGreaterThan(1e6)
}, 20_000)

test('an input of the user comes from a module, which may take options', async () => {
  const folder = temporaryFolder()
  writeFileSync(
    join(folder, 'mine.mjs'),
    'export default ({ n }) => ({ run: async ({ write }) => { await write({ n }) } })',
  )
  const { producer, agent } = await runInput(
    { type: 'module', module: './mine.mjs', options: { n: 5 } },
    { baseDirectory: folder },
  )
  await agent.finished()
  expect(producer.values('n')).toEqual(['5'])
})

test('a module that cannot be loaded is named, and nothing is added', async () => {
  await expect(runInput({ type: 'module', module: './none.mjs' }, { baseDirectory: '/tmp' })).rejects.toThrow(
    'i: the module /tmp/none.mjs cannot be loaded',
  )
})
