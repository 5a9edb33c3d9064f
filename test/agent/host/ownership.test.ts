import { expect, test } from 'vitest'
import { follow, MemoryCheckpoints } from '../../../src/agent/index.ts'
import { settled } from '../../support/manual-clock.ts'
import { startAgent } from '../support/start-agent.ts'

test('while an input may not write, what it writes is thrown away as lost, counted, and moves no checkpoint', async () => {
  const { agent, producer } = startAgent()
  let mayWrite = true
  const verdicts: string[] = []
  let write: (n: number) => Promise<void> = async () => {}
  const input = follow(async ({ signal, writer }) => {
    write = (n) => writer.writeAll([{ contents: { content: String(n) } }], (verdict) => verdicts.push(verdict))
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  await agent.add({ id: 'a', input }, { mayWrite: () => mayWrite })
  await write(1)
  mayWrite = false
  await write(2)
  mayWrite = true
  await write(3)
  expect(verdicts).toEqual(['delivered', 'lost', 'delivered'])
  expect(producer.values()).toEqual(['1', '3'])
  expect(agent.status().inputs[0]?.counts).toMatchObject({ discarded: 1, delivered: 2 })
})

test('removing until settled resolves when the last verdict has moved the checkpoint, and no later one does', async () => {
  const checkpoints = new MemoryCheckpoints()
  const { agent, producer, clock } = startAgent({ checkpoints })
  producer.isInstant = false
  producer.flush = async () => {}
  const input = follow(async ({ signal, writer, checkpoint }) => {
    await writer.writeAll([{ contents: { content: 'x' } }], () => checkpoint.save('behind x'))
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
  })
  await agent.add({ id: 'a', input })
  let isRemoved = false
  const removing = agent.remove('a', { untilSettled: true }).then(() => {
    isRemoved = true
  })
  await settled()
  expect(agent.specs()).toEqual([])
  expect(isRemoved).toBe(false)
  producer.settle()
  await removing
  expect(checkpoints.load('a')).toBe('behind x')

  await agent.add({ id: 'b', input })
  const late = agent.remove('b', { untilSettled: true, timeoutMs: 100 })
  await clock.advance(300)
  await late
  producer.settle()
  expect(checkpoints.load('b')).toBeUndefined()
})
