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
The agent runs until SIGTERM or Ctrl-C, or until all of its inputs have ended. Then it delivers what was read, within --timeout,
and reports what it could not deliver. SIGHUP or a change of the file reloads the configuration: inputs that have not changed
continue to run, and an invalid configuration changes nothing.

Examples:
  $ loghub agent init                    write an agent.yaml with comments
  $ loghub agent --check                 check agent.yaml
  $ loghub agent                         run
  $ loghub agent --once                  send what is there now, and end

Exit codes: 0 success, 1 something failed or was not delivered, 2 the configuration is wrong.`

export function agentCommand(setExitCode: SetExitCode): Command {
  const command = new Command('agent')
    .description('Send logs from files, syslog, HTTP, commands and more, as a configuration file defines.')
    .option('--config <file>', 'the configuration file', 'agent.yaml')
    .option('--check', 'check the configuration, and end')
    .option('--once', 'read what is there now, deliver it, and end; inputs that listen are not started')
    .option('--no-watch', 'reload only on SIGHUP, not when the file changes')
    .addOption(timeoutOption())
    .option('--verbose', 'print errors with their stack')
    .addHelpText('after', HELP)
    .action(async (options: AgentCommandOptions) => setExitCode(await run(options).catch(sayProblems)))
  command.addCommand(initCommand())
  return command
}

function timeoutOption(): Option {
  const option = new Option('--timeout <time>', 'how long the delivery may take at the end')
  return option.argParser(durationMs).default(10_000, '10s')
}

function initCommand(): Command {
  return new Command('init')
    .description('Write a configuration file with comments to start from.')
    .argument('[file]', 'file to write', 'agent.yaml')
    .action(async (file: string) => {
      const { writeTemplate } = await import('./config-template.ts')
      writeTemplate(file)
      process.stdout.write(`${file} is written. Next: loghub agent --config ${file} --check\n`)
    })
}

async function run({ config, check, once, watch, timeout }: AgentCommandOptions): Promise<number> {
  setEngineFlags()
  // Loaded here, because its libraries take time to load and only this command needs them.
  const { checkConfig, runAgent } = await import('./run-agent.ts')
  if (!check) return runAgent({ file: config, once: once === true, watch, timeoutMs: timeout })
  checkConfig(config)
  process.stdout.write(`${config}: all is well\n`)
  return EXIT.ok
}
