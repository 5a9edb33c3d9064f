import { Command, Option } from 'commander'
import { EXIT, type SetExitCode, sayProblems } from '../shared/exit-code.ts'
import { durationMs } from '../shared/option-values.ts'
import { setEngineFlags } from './engine-flags.ts'

interface AgentCommandOptions {
  readonly config: string
  readonly check?: true
  readonly once?: true
  readonly watch: boolean
  readonly timeout: number
}

const HELP = `
It runs until SIGTERM or Ctrl-C, or until all of its inputs have ended by themselves; then it delivers what was read,
within --timeout, and says what it left. SIGHUP, or a change of the file, reloads it: inputs that have not changed run
on, and a configuration that is wrong changes nothing.

Examples:
  $ loghub agent init                    write agent.yaml, with comments
  $ loghub agent --check                 say what is wrong with it
  $ loghub agent                         run
  $ loghub agent --once                  ship what is there, and end

Exit codes: 0 all is well, 1 something failed or was left, 2 the configuration is wrong.`

export function agentCommand(setExitCode: SetExitCode): Command {
  const command = new Command('agent')
    .description('Ship files, syslog, HTTP, commands and more, as a configuration file says.')
    .option('--config <file>', 'the configuration', 'agent.yaml')
    .option('--check', 'check the configuration and end')
    .option('--once', 'read what is there, deliver it, and end: inputs that listen are left out')
    .option('--no-watch', 'reload on SIGHUP alone, not when the file changes')
    .addOption(timeoutOption())
    .option('--verbose', 'errors with their stack')
    .addHelpText('after', HELP)
    .action(async (options: AgentCommandOptions) => setExitCode(await run(options).catch(sayProblems)))
  command.addCommand(initCommand())
  return command
}

function timeoutOption(): Option {
  const option = new Option('--timeout <time>', 'how long delivering may take at the end')
  return option.argParser(durationMs).default(10_000, '10s')
}

function initCommand(): Command {
  return new Command('init')
    .description('Write a configuration to begin with.')
    .argument('[file]', 'where to', 'agent.yaml')
    .action(async (file: string) => {
      const { writeTemplate } = await import('./config-template.ts')
      writeTemplate(file)
      process.stdout.write(`${file} is written. Next: loghub agent --config ${file} --check\n`)
    })
}

async function run({ config, check, once, watch, timeout }: AgentCommandOptions): Promise<number> {
  setEngineFlags()
  // Only this command needs it, and its libraries take time to load.
  const { checkConfig, runAgent } = await import('./run-agent.ts')
  if (!check) return runAgent({ file: config, once: once === true, watch, timeoutMs: timeout })
  checkConfig(config)
  process.stdout.write(`${config}: all is well\n`)
  return EXIT.ok
}
