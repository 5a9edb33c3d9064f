import { Command, Option } from 'commander'
import { type SetExitCode, sayProblems } from '../shared/exit-code.ts'
import { durationMs } from '../shared/option-values.ts'
import type { DrainOptions } from './fleet-actions.ts'
import type { FleetConnectionOptions } from './fleet-connection.ts'

const HELP = `
Agents whose configuration names the same fleet share inputs; NATS keeps which agent runs which input. The fleet is read from
--config, or given by --name and --nats.

Examples:
  $ loghub fleet ls                            list members and inputs: which member runs what, since when, why
  $ loghub fleet add inputs.yaml               add inputs; as in agent.yaml, also with placement, on and cost
  $ loghub fleet explain orders                explain why an input runs on its member, or why it does not run
  $ loghub fleet drain agent-2 --wait          move all inputs away before that machine is stopped
  $ loghub fleet remove orders                 remove an input and its checkpoint

The output is text on a terminal and JSON to a pipe. Exit codes: 0 success, 1 an input does not run or something failed, 2 wrong
command line or spec.`

export function fleetCommand(setExitCode: SetExitCode): Command {
  const command = new Command('fleet').description('Show and change the inputs that a fleet of agents shares.')
  command.addHelpText('after', HELP)
  const named = (name: string, what: string) => addFleetOptions(command.command(name).description(what))
  named('ls', 'List members and inputs, and which member runs what.').action(async (options: FleetConnectionOptions) =>
    setExitCode(await (await actions()).list(options).catch(sayProblems)),
  )
  named('add', 'Add inputs, or replace inputs with the same id.')
    .argument('<file>', "YAML or JSON file, or '-' for the standard input")
    .action(async (file: string, options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).add(file, options).catch(sayProblems)),
    )
  named('remove', 'Remove inputs and their checkpoints.')
    .argument('<id...>')
    .action(async (ids: string[], options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).remove(ids, options)),
    )
  named('drain', 'Move the inputs of a member to other members, and give it no more.')
    .argument('<member>')
    .option('--undo', 'give the member its share again')
    .option('--wait', 'wait until the member runs nothing')
    .addOption(new Option('--timeout <time>', 'how long --wait waits').argParser(durationMs).default(60_000, '60s'))
    .action(async (member: string, options: DrainOptions) =>
      setExitCode(await (await actions()).drain(member, options)),
    )
  named('explain', 'Show which member runs an input, since when, and why.')
    .argument('<id>')
    .action(async (id: string, options: FleetConnectionOptions) =>
      setExitCode(await (await actions()).explain(id, options)),
    )
  return command
}

/** Loaded on use, because only these commands need NATS and the agent. */
const actions = () => import('./fleet-actions.ts')

function addFleetOptions(command: Command): Command {
  return command
    .addOption(
      new Option('--config <file>', 'configuration of an agent of the fleet (default: agent.yaml, if it exists)'),
    )
    .addOption(new Option('--name <fleet>', 'name of the fleet, instead of the one in the file (env: LOGHUB_FLEET)'))
    .addOption(new Option('--nats <servers>', 'addresses of the NATS servers, separated by commas (env: NATS_URL)'))
    .addOption(new Option('--prefix <text>', 'prefix of the name of the bucket (default: loghub)'))
    .addOption(new Option('--verbose', 'print errors with their stack'))
}
