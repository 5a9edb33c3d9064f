import { FleetControl, NatsCoordinator } from '../../fleet/index.ts'
import { UsageError } from '../shared/exit-code.ts'

/** Which fleet, and where its NATS is. */
export interface FleetConnectionOptions {
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
  const fleet = options.name ?? process.env.LOGHUB_FLEET
  const servers = (options.nats ?? process.env.NATS_URL)?.split(',')
  if (!fleet) throw new UsageError('which fleet: --name, LOGHUB_FLEET, or --config with a file that has fleet')
  const coordinator = await NatsCoordinator.connect(
    { fleet, ...(servers && { servers }), ...(options.prefix !== undefined && { prefix: options.prefix }) },
    { name: 'loghub fleet', baseDirectory: '.' },
  )
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
