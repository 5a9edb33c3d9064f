import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { type FleetOptions, fleetSchema } from '../../agent/config/fleet-options.ts'
import { type Problem, pathText } from '../../agent/config/schema.ts'
import { FleetControl, NatsCoordinator } from '../../fleet/index.ts'
import { UsageError } from '../shared/exit-code.ts'
import { filledIn, isObject, readYaml } from './read-yaml.ts'

/** Which fleet, and where its NATS is. */
export interface FleetConnectionOptions {
  /** Of an agent. Its `fleet` counts where nothing else is told. */
  readonly config: string
  readonly name?: string
  readonly nats?: string
  readonly prefix?: string
}

/** Runs something with the fleet that is meant, and closes the connection after it. */
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
  const configured = fleetOf(options.config, environment)
  const fleet = options.name ?? environment.LOGHUB_FLEET ?? configured?.name
  if (!fleet) throw new UsageError('which fleet: --name, LOGHUB_FLEET, or --config with a file that has fleet')
  const servers = (options.nats ?? environment.NATS_URL)?.split(',')
  const prefix = options.prefix ?? configured?.prefix
  return NatsCoordinator.connect(
    {
      ...configured?.nats,
      ...(servers !== undefined && { servers }),
      ...(prefix !== undefined && { prefix }),
      fleet,
      create: false,
    },
    { name: 'loghub fleet', baseDirectory: dirname(options.config) },
  )
}

/** Only this part is looked at: whoever asks for the fleet need not have the secrets of the producer. */
function fleetOf(file: string, environment: NodeJS.ProcessEnv): FleetOptions | undefined {
  if (!existsSync(file)) return undefined
  const config = readYaml(file)
  if (!isObject(config) || config.fleet === undefined) return undefined
  const problems: Problem[] = []
  const fleet = filledIn(config.fleet, file, environment, problems, ['fleet'])
  if (problems.length === 0) fleetSchema.check(fleet, ['fleet'], problems)
  if (problems.length === 0) return fleet as FleetOptions
  throw new UsageError(problems.map(({ path, message }) => `${file}: ${pathText(path)}: ${message}`).join('\n'))
}
