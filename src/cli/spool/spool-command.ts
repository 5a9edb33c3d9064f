import { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, resolveConnection } from '../shared/connection-options.ts'
import type { SetExitCode } from '../shared/exit-code.ts'
import { durationMs } from '../shared/option-values.ts'
import { exportSpool } from './export-spool.ts'
import { inspectSpool } from './inspect-spool.ts'
import { repairSpool } from './repair-spool.ts'
import { replaySpool } from './replay-spool.ts'

const HELP = `
A spool is the directory in which a producer keeps batches (option spool, or loghub send --spool). inspect, verify and export
change nothing and may look at a spool in use.

Examples:
  $ loghub spool inspect ./spool              how much, for whom, how old
  $ loghub spool verify ./spool               the same, every byte read
  $ loghub spool repair ./spool               what is damaged goes to quarantine; nothing is deleted
  $ loghub spool replay ./spool               send what is there, wherever it was going
  $ loghub spool export ./spool > logs.jsonl  one JSON object a log

A terminal gets a text, a pipe gets JSON. Exit codes: 0 all is well, 1 damage was found or something was not sent, 2 the
command line or the settings are wrong. repair exits with 1 where it found damage, also if it has repaired it, and where a slot
was left out because it is in use: run it again, and 0 says that nothing is left to repair.`

export function spoolCommand(setExitCode: SetExitCode): Command {
  const command = new Command('spool').description(
    'Look into the disk queue of a producer, mend it, or send what is in it.',
  )
  command.addHelpText('after', HELP)
  const add = (name: string, what: string, run: (directory: string) => Promise<number>) =>
    command
      .command(name)
      .description(what)
      .argument('<directory>')
      .action(async (directory: string) => setExitCode(await run(directory)))
  add('inspect', 'counts by project and logstore, age, damage', (directory) => inspectSpool(directory, false))
  add('verify', 'the same, with every byte read', (directory) => inspectSpool(directory, true))
  add('repair', 'put what is damaged into quarantine, and keep the rest', repairSpool)
  add('export', 'write the logs as JSON lines', exportSpool)
  const replay = command.command('replay').description('send what is in the spool').argument('<directory>')
  addConnectionOptions(replay).option(
    '--timeout <time>',
    'longest time to go on, such as 10m (default: none)',
    durationMs,
  )
  replay.action(async (directory: string, options: ConnectionOptions & { readonly timeout?: number }) => {
    setExitCode(await replaySpool(directory, resolveConnection(options, process.env), options.timeout))
  })
  return command
}
