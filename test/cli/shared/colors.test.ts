import { expect, test } from 'vitest'
import { paintFor } from '../../../src/cli/shared/colors.ts'
import { environmentOf } from '../../support/cli-emulator.ts'
import { runCli } from '../../support/run-cli.ts'

const RED = '\u001b[31m'
const painted = (isTTY: boolean, environment: NodeJS.ProcessEnv) =>
  paintFor({ isTTY }, environment)('red', 'text') !== 'text'

test('a terminal has colours and a pipe has none', () => {
  expect([painted(true, {}), painted(false, {}), painted(true, { TERM: 'dumb' })]).toEqual([true, false, false])
})

test('NO_COLOR takes them away, and FORCE_COLOR decides where it is set', () => {
  expect(painted(true, { NO_COLOR: '1' })).toBe(false)
  expect(painted(true, { NO_COLOR: '' })).toBe(true)
  expect(painted(false, { FORCE_COLOR: '1' })).toBe(true)
  expect(painted(true, { FORCE_COLOR: '0' })).toBe(false)
})

test('the program heeds both', async () => {
  const env = environmentOf('http://127.0.0.1:1')
  expect((await runCli(['check'], env)).stdout).not.toContain('\u001b')
  expect((await runCli(['check'], { ...env, FORCE_COLOR: '1' })).stdout).toContain(RED)
  expect((await runCli(['check'], { ...env, FORCE_COLOR: '1', NO_COLOR: '1' })).stdout).not.toContain('\u001b')
})
