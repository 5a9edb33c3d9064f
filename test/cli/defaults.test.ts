import type { Command } from 'commander'
import { expect, test } from 'vitest'
import { newProgram } from '../../src/cli/program.ts'

const withSubCommands = (command: Command): Command[] => [command, ...command.commands.flatMap(withSubCommands)]

test('the help tells the default of each time with its unit', () => {
  const times = withSubCommands(newProgram(() => {}))
    .flatMap(({ options }) => options)
    .filter(({ flags, defaultValue }) => flags.endsWith('<time>') && defaultValue !== undefined)
  expect(times.length).toBeGreaterThan(3)
  expect(times.filter(({ defaultValueDescription = '' }) => !/^\d+(ms|s|m)$/.test(defaultValueDescription))).toEqual([])
})
