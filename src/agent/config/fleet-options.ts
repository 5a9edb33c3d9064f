import { natsSchema } from '../nats/nats-options.ts'
import { checkedText, nonEmptyText, object, record, type TypeOf, together, wholeNumber } from './schema.ts'

const named = (pattern: RegExp, rule: string, description: string) =>
  checkedText((value) => (pattern.test(value) ? undefined : `must be ${rule}`), description)

const fields = {
  member: named(
    /^[\w.-]{1,128}$/,
    "1 to 128 letters, digits, '.', '_' or '-'",
    'Names this agent among the others. Default: the name of the host and the process id.',
  ),
  labels: record(nonEmptyText(), 'What inputs may ask for with `on`, such as { zone: a }.'),
  weight: wholeNumber(1, 1000, 'How much it takes compared to the others. Default 1.'),
  nats: natsSchema,
  prefix: named(
    /^[\w-]{1,64}$/,
    "1 to 64 letters, digits, '_' or '-'",
    'Begins the name of the bucket on the servers. Default loghub.',
  ),
  replicas: wholeNumber(
    1,
    5,
    'On how many servers of a cluster the bucket is kept, where it is made: 1, 3 or 5. Default 1.',
  ),
  heartbeatMs: wholeNumber(100, 600_000, 'How often the lease is renewed. Default 2000.'),
  leaseMs: wholeNumber(
    1000,
    3_600_000,
    'After this time without a renewal the others take over. At least four heartbeats. Default 10000.',
  ),
}

/** Shares inputs with other agents. */
export const fleetSchema = together(
  object(
    {
      name: named(
        /^[A-Za-z0-9-]{1,64}$/,
        "1 to 64 letters, digits or '-'",
        'Agents with the same name on the same servers are one fleet.',
      ),
    },
    fields,
    'Inputs that this agent shares with others, on NATS JetStream. They are added with `loghub fleet add`.',
  ),
  ({ heartbeatMs = 2000, leaseMs = 10_000 }) =>
    leaseMs < 4 * heartbeatMs
      ? `leaseMs must be at least four times heartbeatMs, got ${leaseMs} and ${heartbeatMs}`
      : undefined,
)

/** How an agent belongs to a fleet. */
export type FleetOptions = TypeOf<typeof fleetSchema>
