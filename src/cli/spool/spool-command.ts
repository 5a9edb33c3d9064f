import { Command } from 'commander'
import { addConnectionOptions, type ConnectionOptions, resolveConnection } from '../shared/connection-options.ts'
import type { SetExitCode } from '../shared/exit-code.ts'
import { durationMs } from '../shared/option-values.ts'
import { exportSpool } from './export-spool.ts'
import { inspectSpool } from './inspect-spool.ts'
import { repairSpool } from './repair-spool.ts'
import { replaySpool } from './replay-spool.ts'

const HELP = `
A spool is the directory in which a producer keeps batches on disk (option spool, or loghub send --spool). inspect, verify and
export change nothing, and can read a spool that is in use.

Examples:
  $ loghub spool inspect ./spool              how much is there, for which logstores, how old
  $ loghub spool verify ./spool               the same, and read every byte
  $ loghub spool repair ./spool               move damaged parts to quarantine; nothing is deleted
  $ loghub spool replay ./spool               send everything to the logstores that it was written for
  $ loghub spool export ./spool > logs.jsonl  one JSON object per log

The output is text on a terminal and JSON to a pipe. Exit codes: 0 success, 1 damage was found or something was not sent, 2 wrong
command line or settings. repair exits with 1 if it found damage, even if it has repaired it, and if it skipped a slot that is
in use: run it again; exit code 0 means that nothing is left to repair.`

export function spoolCommand(setExitCode: SetExitCode): Command {
  const command = new Command('spool').description(
    'Inspect the disk queue of a producer, repair it, or send what it contains.',
  )
  command.addHelpText('after', HELP)
  const add = (name: string, what: string, run: (directory: string) => Promise<number>) =>
    command
      .command(name)
      .description(what)
      .argument('<directory>')
      .action(async (directory: string) => setExitCode(await run(directory)))
  add('inspect', 'Show counts by project and logstore, age and damage.', (directory) => inspectSpool(directory, false))
  add('verify', 'Show the same, and read every byte to find damage.', (directory) => inspectSpool(directory, true))
  add('repair', 'Move damaged parts to quarantine, and keep the rest.', repairSpool)
  add('export', 'Write the logs as JSON lines.', exportSpool)
  const replay = command.command('replay').description('Send what the spool contains.').argument('<directory>')
  addConnectionOptions(replay).option('--timeout <time>', 'time limit, such as 10m (default: none)', durationMs)
  replay.action(async (directory: string, options: ConnectionOptions & { readonly timeout?: number }) => {
    setExitCode(await replaySpool(directory, resolveConnection(options, process.env), options.timeout))
  })
  return command
}
