import { Command, CommanderError } from 'commander'
import { version } from '../../package.json'
import { toError } from '../core/errors.ts'
import { agentCommand } from './agent/agent-command.ts'
import { checkCommand } from './check/check-command.ts'
import { completionCommand } from './completion/completion-command.ts'
import { emulatorCommand } from './emulator/emulator-command.ts'
import { fleetCommand } from './fleet/fleet-command.ts'
import { sendCommand } from './send/send-command.ts'
import { EXIT, exitCodeOf, type SetExitCode } from './shared/exit-code.ts'
import { spoolCommand } from './spool/spool-command.ts'
import { tailCommand } from './tail/tail-command.ts'
import { topCommand } from './top/top-command.ts'

const EXAMPLES = `
Examples:
  $ loghub emulator                      a local Log Service, no account needed
  $ loghub check                         what works, what does not, and what to do
  $ loghub send app.log                  a file, a log for each line
  $ my-app | loghub send --json          JSON lines from a program
  $ loghub tail --follow                 what arrives from now on
  $ loghub agent --config agent.yaml     files, syslog, HTTP and more, all the time
  $ loghub fleet ls                      what agents on many machines share
  $ loghub top                           what an agent, a producer or an emulator does, live

Where to: LOGHUB_ENDPOINT, LOGHUB_PROJECT, LOGHUB_LOGSTORE, or --endpoint, --project, --logstore.
As whom:  ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN.

Exit codes: 0 all is well, 1 something failed, 2 the command line or the settings are wrong, 130 Ctrl-C.`

/** Runs the program and resolves to its exit code. Never rejects: an error becomes one line on stderr. */
export async function run(args: readonly string[]): Promise<number> {
  let exitCode: number = EXIT.ok
  const program = newProgram((code) => {
    exitCode = code
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? EXIT.ok : EXIT.usage
    const error = toError(thrown)
    process.stderr.write(args.includes('--verbose') ? withStack(error) : `loghub: ${oneLine(error.message)}\n`)
    return exitCodeOf(error)
  }
}

/** All sub-commands with their options. */
export function newProgram(setExitCode: SetExitCode): Command {
  const program = new Command('loghub')
  program
    .description('Sends logs to Alibaba Cloud Log Service, reads them back, and runs a local one.')
    .version(version)
    .addHelpText('after', EXAMPLES)
  for (const command of [
    emulatorCommand,
    sendCommand,
    tailCommand,
    spoolCommand,
    agentCommand,
    fleetCommand,
    topCommand,
    checkCommand,
    completionCommand,
  ]) {
    program.addCommand(command(setExitCode))
  }
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.exitOverride().showHelpAfterError(`Run '${nameOf(command)} --help' for the options and examples.`)
    command.configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
  }
  return program
}

function nameOf(command: Command): string {
  return command.parent === null ? command.name() : `${nameOf(command.parent)} ${command.name()}`
}

/** A misspelt option is quoted with its value, and that may be a key. */
function withoutValues(text: string): string {
  return text.replace(/'(--?[\w-]+)=[^\n]*'/, "'$1'").replace(/^error: /, 'loghub: ')
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, ' ')
}

function withStack(error: Error): string {
  const causes: string[] = []
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) causes.push(String(cause.stack))
  return `loghub: ${causes.join('\ncaused by: ')}\n`
}
