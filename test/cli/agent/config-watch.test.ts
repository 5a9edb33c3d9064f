import { appendFileSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { watchConfig } from '../../../src/cli/agent/config-watch.ts'
import { eventually } from '../../agent/support/start-agent.ts'
import { temporaryFolder } from '../../support/cli-emulator.ts'
import { ManualClock } from '../../support/manual-clock.ts'

/** Watches a file; `tick` lets time pass and writes a log beside it. */
function watched(path: string, folder = temporaryFolder()) {
  const clock = new ManualClock()
  let changes = 0
  const file = join(folder, path)
  const start = () =>
    onTestFinished(
      watchConfig(file, clock, () => {
        changes++
      }),
    )
  const tick = () => {
    appendFileSync(join(folder, 'busy.log'), 'line\n')
    void clock.advance(100)
  }
  const toldOf = (count: number) =>
    eventually(() => {
      tick()
      return changes >= count
    })
  return { folder, file, start, toldOf, tick, changes: () => changes }
}

test('a change is told once, however much is written beside it, also when the file is replaced, removed and back', async () => {
  const { file, start, toldOf, tick, changes } = watched('agent.yaml')
  writeFileSync(file, 'one')
  start()
  writeFileSync(file, 'two')
  await toldOf(1)
  writeFileSync(`${file}.new`, 'three')
  renameSync(`${file}.new`, file)
  await toldOf(2)
  rmSync(file)
  await toldOf(3)
  writeFileSync(file, 'four')
  await toldOf(4)
  for (let i = 0; i < 20; i++) {
    tick()
    await new Promise((resolve) => setImmediate(resolve))
  }
  expect(changes()).toBe(4)
})

test('a configuration that is swapped by a link is told', async () => {
  const { folder, file, start, toldOf } = watched('agent.yaml')
  for (const version of ['one', 'two']) {
    mkdirSync(join(folder, version))
    writeFileSync(join(folder, version, 'agent.yaml'), version)
  }
  symlinkSync('one', join(folder, '..data'))
  symlinkSync('..data/agent.yaml', file)
  start()
  symlinkSync('two', join(folder, '..next'))
  renameSync(join(folder, '..next'), join(folder, '..data'))
  await toldOf(1)
})
