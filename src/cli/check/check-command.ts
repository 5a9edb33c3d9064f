import { Command } from 'commander'
import { paintFor } from '../shared/colors.ts'
import { addConnectionOptions, type ConnectionOptions, resolveConnection } from '../shared/connection-options.ts'
import { EXIT, type SetExitCode, UsageError } from '../shared/exit-code.ts'
import { checkConnection } from './check-connection.ts'
import { type CheckStep, failed, isPassed, stepsText } from './check-steps.ts'

interface CheckCommandOptions extends ConnectionOptions {
  readonly write?: true
  readonly json?: true
}

const HELP = `
The command checks the settings, the endpoint (DNS, connection, TLS), the clock, the credentials, the project and the logstore.
Without --write it neither writes nor creates anything.

Examples:
  $ loghub check
  $ loghub check --write --json

Exit codes: 0 every check passed, 1 a check failed.`

export function checkCommand(setExitCode: SetExitCode): Command {
  const command = new Command('check').description('Find out why logs do not arrive, and what to do about it.')
  addConnectionOptions(command)
    .option('--write', 'also write one log')
    .option('--json', 'print the result as JSON')
    .addHelpText('after', HELP)
  return command.action(async (options: CheckCommandOptions) => setExitCode(await check(options)))
}

async function check(options: CheckCommandOptions): Promise<number> {
  const steps = await stepsOf(options)
  const passed = isPassed(steps)
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ ok: passed, steps })}\n`
      : stepsText(steps, paintFor(process.stdout, process.env)),
  )
  return passed ? EXIT.ok : EXIT.failed
}

/** Missing settings are a result of the check, not a wrong command line. */
async function stepsOf(options: CheckCommandOptions): Promise<CheckStep[]> {
  try {
    return await checkConnection(resolveConnection(options, process.env), { write: options.write === true })
  } catch (error) {
    if (error instanceof UsageError) return [failed('settings', error.message, 'Give the option or set the variable.')]
    throw error
  }
}
