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
  $ loghub emulator                      run a local Log Service; no account is needed
  $ loghub check                         find out what does not work, and how to correct it
  $ loghub send app.log                  send a file, one log per line
  $ my-app | loghub send --json          send JSON lines from a program
  $ loghub tail --follow                 print new logs as they arrive
  $ loghub agent --config agent.yaml     send files, syslog, HTTP and more, continuously
  $ loghub fleet ls                      list the inputs that agents on several machines share
  $ loghub top                           show live figures of an agent, a producer or an emulator

Destination: LOGHUB_ENDPOINT, LOGHUB_PROJECT, LOGHUB_LOGSTORE, or --endpoint, --project, --logstore.
Credentials: ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET, ALIBABA_CLOUD_SECURITY_TOKEN.

Exit codes: 0 success, 1 a failure, 2 wrong command line or settings, 130 ended by Ctrl-C.`

/** Runs the program and resolves to its exit code. Never rejects: an error is printed as one line on stderr. */
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
    .description(
      'Sends logs to Alibaba Cloud Log Service, reads them back, and runs a local Log Service for development.',
    )
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

/** Removes the value from the message about an unknown option, because it may be a secret. */
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
