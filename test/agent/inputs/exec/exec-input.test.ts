import { spawnSync } from 'node:child_process'
import { mkdirSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FakeProducer } from '../../support/fake-producer.ts'
import { runInput } from '../../support/real-agent.ts'
import { eventually, temporaryFolder } from '../../support/start-agent.ts'

const sh = (script: string) => ['sh', '-c', script]
const isAlive = (pattern: string) => spawnSync('pgrep', ['-f', pattern]).status === 0

test('each line of the output is a log, and a command that ends is started again', async () => {
  const { producer, status } = await runInput({
    type: 'exec',
    command: sh('echo one; echo two'),
    restart: { backoffMs: 10 },
  })
  await eventually(() => producer.taken.length >= 4)
  expect(producer.values().slice(0, 4)).toEqual(['one', 'two', 'one', 'two'])
  expect(status().lastError).toBe("the command 'sh' has ended")
})

test('on a schedule a command that fails costs that run alone', async () => {
  const { producer, counts } = await runInput({
    type: 'exec',
    intervalMs: 100,
    parser: 'json',
    command: sh(`echo '{"n":1}'; echo "no disk" >&2; exit 3`),
  })
  await eventually(() => producer.taken.length >= 2 && (counts().byName.gatherErrors ?? 0) >= 2)
  expect(producer.taken[0]!.contents).toEqual({ n: '1' })
})

test('a command that cannot be started fails the input with its name', async () => {
  const { status } = await runInput({ type: 'exec', command: ['/no/such/program'] })
  await eventually(() => status().state === 'waiting')
  expect(status().lastError).toContain('/no/such/program')
})

test('a command that floods is held back by its pipe', async () => {
  const producer = Object.assign(new FakeProducer(), { isInstant: false, capacity: 1000 })
  const { counts, agent } = await runInput({ type: 'exec', command: ['yes', 'flood-of-lines'] }, {}, producer)
  await eventually(() => counts().blocked > 0)
  expect(producer.taken).toHaveLength(1000)
  producer.isInstant = true
  producer.settle()
  await eventually(() => producer.taken.length > 1000)
  await agent.remove('i', { timeoutMs: 4000 })
  expect(isAlive('flood-of-lines')).toBe(false)
})

test('removing it ends the command and all that it has started, also where they ignore SIGTERM', async () => {
  const script = `trap '' TERM; echo up; (trap '' TERM; sleep 4711) & sleep 4711`
  const { producer, agent } = await runInput({ type: 'exec', command: sh(script), killMs: 200 })
  await eventually(() => producer.taken.length === 1)
  await agent.remove('i', { timeoutMs: 4000 })
  await eventually(() => !isAlive('sleep 4711'))
})

test('what has left the group of its command and holds its output does not hold the input', async () => {
  const script = 'setsid sleep 4712 & (sleep 4713 &) ; echo up'
  const { producer, agent } = await runInput({ type: 'exec', command: sh(script), killMs: 100 })
  onTestFinished(() => void spawnSync('pkill', ['-f', '^sleep 4712$']))
  await eventually(() => producer.taken.length === 1)
  const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
  const { leftBehind } = await agent.close({ timeoutMs: 4000 })
  expect(leftBehind).toEqual([])
  await eventually(() => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length <= timers)
  await eventually(() => !isAlive('^sleep 4713$'))
})

test('a command over its deadline is ended', async () => {
  const { counts } = await runInput({
    type: 'exec',
    intervalMs: 60_000,
    timeoutMs: 200,
    killMs: 100,
    command: ['sleep', '4712'],
  })
  await eventually(() => counts().byName.gatherTimeouts === 1)
  expect(isAlive('sleep 4712')).toBe(false)
})

test('a command that never ends its line costs no more memory than its longest line', async () => {
  const command = sh(`tr '\\0' a < /dev/zero`)
  const { producer, agent } = await runInput({ type: 'exec', command, maxLineBytes: 1000, longLines: 'split' })
  await eventually(() => producer.taken.length > 1000)
  await agent.remove('i', { timeoutMs: 4000 })
  expect(Math.max(...producer.values().map((value) => value.length))).toBe(1000)
})

test('a relative directory of a command begins where the configuration is', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'here'))
  const spec = { type: 'exec', command: ['pwd', '-P'], cwd: './here', restart: { policy: 'never' } }
  const { producer } = await runInput(spec, { baseDirectory: folder })
  await eventually(() => producer.taken.length === 1)
  expect(producer.values()).toEqual([join(realpathSync(folder), 'here')])
})
