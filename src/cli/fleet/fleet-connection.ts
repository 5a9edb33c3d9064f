import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { FilledValues } from '../../agent/config/filled-values.ts'
import { type FleetOptions, fleetSchema } from '../../agent/config/fleet-options.ts'
import { type Problem, pathText } from '../../agent/config/schema.ts'
import { FleetControl, NatsCoordinator } from '../../fleet/index.ts'
import { UsageError } from '../shared/exit-code.ts'
import { filledIn, isObject, readYaml } from './read-yaml.ts'

/** Options that name the fleet and its NATS servers. */
export interface FleetConnectionOptions {
  /** Configuration of an agent; its `fleet` gives the values that the other options do not. Default: `agent.yaml`, if it exists. */
  readonly config?: string
  readonly name?: string
  readonly nats?: string
  readonly prefix?: string
}

const DEFAULT_CONFIG = 'agent.yaml'

/** Connects to the fleet, runs an action, and closes the connection. */
export async function withFleet<T>(
  options: FleetConnectionOptions,
  run: (fleet: FleetControl) => Promise<T>,
): Promise<T> {
  const coordinator = await connect(options, process.env)
  try {
    const control = await FleetControl.open(coordinator)
    try {
      return await run(control)
    } finally {
      control.close()
    }
  } finally {
    await coordinator.close()
  }
}

function connect(options: FleetConnectionOptions, environment: NodeJS.ProcessEnv): Promise<NatsCoordinator> {
  const { config = DEFAULT_CONFIG } = options
  if (options.config !== undefined && !existsSync(config)) throw new UsageError(`--config: there is no file ${config}`)
  const { name, prefix, nats } = checkedFleet({ ...fleetOf(config, environment), ...toldFleet(options, environment) })
  const parts = { name: 'loghub fleet', baseDirectory: dirname(config) }
  return NatsCoordinator.connect(
    { ...nats, ...(prefix !== undefined && { prefix }), fleet: name, create: false },
    parts,
  )
}

/** Values of the command line and the environment. They take precedence over the file. */
function toldFleet({ name, prefix, nats }: FleetConnectionOptions, environment: NodeJS.ProcessEnv) {
  const told = { name: name ?? (environment.LOGHUB_FLEET || undefined), prefix }
  const servers = (nats ?? environment.NATS_URL)?.split(',').map((server) => server.trim())
  const present = Object.entries(told).filter(([, value]) => value !== undefined)
  return { ...Object.fromEntries(present), ...(servers !== undefined && { servers }) }
}

/** Checks the values as `fleet` of a configuration is checked. */
function checkedFleet({ servers, ...fleet }: Partial<FleetOptions> & { readonly servers?: string[] }): FleetOptions {
  if (fleet.name === undefined) {
    throw new UsageError('which fleet: --name, LOGHUB_FLEET, or --config with a file that has fleet')
  }
  const merged = { ...fleet, ...(servers !== undefined && { nats: { ...fleet.nats, servers } }) }
  const problems: Problem[] = []
  fleetSchema.check(merged, [], problems)
  if (problems.length > 0) {
    throw new UsageError(problems.map(({ path, message }) => `fleet: ${pathText(path)}: ${message}`).join('\n'))
  }
  return merged as FleetOptions
}

/** Only `fleet` is read, so that the secrets of the producer are not needed. */
function fleetOf(file: string, environment: NodeJS.ProcessEnv): FleetOptions | undefined {
  if (!existsSync(file)) return undefined
  const config = readYaml(file)
  if (!isObject(config) || config.fleet === undefined) return undefined
  const problems: Problem[] = []
  const values = new FilledValues()
  const fleet = filledIn(config.fleet, file, environment, problems, values, ['fleet'])
  if (problems.length === 0) fleetSchema.check(fleet, ['fleet'], problems)
  if (problems.length === 0) return fleet as FleetOptions
  throw new UsageError(
    problems.map(({ path, message }) => `${file}: ${pathText(path)}: ${values.conceal(path, message)}`).join('\n'),
  )
}
