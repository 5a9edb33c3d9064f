import { Command, Option } from 'commander'
import { type SetExitCode, sayProblems } from '../shared/exit-code.ts'
import { durationMs } from '../shared/option-values.ts'
import type { DrainOptions } from './fleet-actions.ts'
import type { FleetConnectionOptions } from './fleet-connection.ts'

const HELP = `
The agents whose configuration has the same fleet share inputs: who runs what is agreed through NATS. Which fleet is read from
--config, or told by --name and --nats.

Examples:
  $ loghub fleet ls                            members, inputs, who runs what, since when, why
  $ loghub fleet add inputs.yaml               inputs as in agent.yaml, with placement, on and cost beside their options
  $ loghub fleet explain orders                why it runs there, or why it does not run
  $ loghub fleet drain agent-2 --wait          before that machine goes away
  $ loghub fleet remove orders                 with its checkpoint

A terminal gets a text, a pipe gets JSON. Exit codes: 0 all is well, 1 an input does not run or something failed, 2 the command
line or a spec is wrong.`

export function fleetCommand(setExitCode: SetExitCode): Command {
  const command = new Command('fleet').description('See and change what a fleet of agents runs.')
  command.addHelpText('after', HELP)
  const named = (name: string, what: string) => addFleetOptions(command.command(name).description(what))
  named('ls', 'members, inputs, and who runs what').action(async (options: FleetConnectionOptions) =>
    setExitCode(await (await actions()).list(options).catch(sayProblems)),
  )
  named('add', 'add inputs, or put others in their place')
    .argument('<file>', 'YAML or JSON, - for the standard input')
    .action(async (file: string, options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).add(file, options).catch(sayProblems)),
    )
  named('remove', 'take inputs away, with their checkpoints')
    .argument('<id...>')
    .action(async (ids: string[], options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).remove(ids, options)),
    )
  named('drain', 'let a member hand over its inputs and take no more')
    .argument('<member>')
    .option('--undo', 'let it take its share again')
    .option('--wait', 'until it runs nothing any more')
    .addOption(new Option('--timeout <time>', 'how long to wait').argParser(durationMs).default(60_000, '60s'))
    .action(async (member: string, options: DrainOptions) =>
      setExitCode(await (await actions()).drain(member, options)),
    )
  named('explain', 'who runs an input, since when, and why')
    .argument('<id>')
    .action(async (id: string, options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).explain(id, options)),
    )
  return command
}

/** Only these commands need NATS and the agent. */
const actions = () => import('./fleet-actions.ts')

function addFleetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--config <file>', 'an agent configuration with fleet (default: agent.yaml, if there is one)'),
    )
    .addOption(new Option('--name <fleet>', 'instead of the one in the file (env: LOGHUB_FLEET)'))
    .addOption(new Option('--nats <servers>', 'separated by commas (env: NATS_URL)'))
    .addOption(new Option('--prefix <text>', 'of the bucket'))
    .addOption(new Option('--verbose', 'errors with their stack'))
}
