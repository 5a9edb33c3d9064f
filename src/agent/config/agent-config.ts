import type { KindInputSpec } from '../input.ts'
import { inputSchema } from '../inputs/kinds.ts'
import { multiLineSchema, parserSchema, timeSchema } from '../lines/line-options.ts'
import { transformSchema } from '../transforms/transform-options.ts'
import { anything } from './anything.ts'
import { destinationSchema, restartSchema } from './common-options.ts'
import { fleetSchema } from './fleet-options.ts'
import {
  distinctBy,
  list,
  nonEmptyText,
  object,
  record,
  type Schema,
  type TypeOf,
  together,
  wholeNumber,
} from './schema.ts'
import { stdinProblem } from './stdin-problem.ts'

const adminSchema = object(
  {},
  {
    host: nonEmptyText('Address to listen on. Default 127.0.0.1; another address needs a token.'),
    port: wholeNumber(0, 65_535, 'Port to listen on; 0 takes a free one. Default 9320.'),
    token: nonEmptyText('Requests must have it: Authorization: Bearer TOKEN.'),
    hosts: list(nonEmptyText(), {
      description: 'Host names that requests may use, besides those of this machine and its address.',
    }),
  },
  'A small HTTP server with the state of the agent: health, metrics, inputs, tap.',
)

const fields = {
  producer: record(
    anything(),
    'Options of the producer: endpoint, project, logstore, credentials and so on. Environment variables are the defaults.',
  ),
  stateDirectory: nonEmptyText('Directory of the checkpoints, from the configuration file. Default ./loghub-state.'),
  admin: adminSchema,
  fleet: fleetSchema,
}

const inputs: Schema<readonly KindInputSpec[]> = together(
  distinctBy(
    'id',
    list(inputSchema, {
      description:
        'The sources of logs. Optional with fleet: then this agent runs the inputs that the fleet assigns to it.',
    }),
  ),
  stdinProblem,
)

/** The content of `agent.yaml`. Checks, types and the JSON schema are all derived from it. */
export const agentConfigSchema = together(object({}, { inputs, ...fields }), ({ admin, fleet, inputs: given }) => {
  if (given === undefined && fleet === undefined) return 'inputs is missing'
  const isOpen = admin?.host !== undefined && !['127.0.0.1', 'localhost', '::1'].includes(admin.host)
  return isOpen && admin.token === undefined ? `admin: listening on ${admin.host} needs a token` : undefined
})

/** The content of a valid configuration file, with its defaults. */
export type AgentConfig = TypeOf<typeof agentConfigSchema> & {
  /** The sources of logs. */
  readonly inputs: readonly KindInputSpec[]
}
export type AdminOptions = TypeOf<typeof adminSchema>

/** Parts of many inputs. The JSON schema contains each of them once. */
const shared = {
  destination: destinationSchema,
  restart: restartSchema,
  transform: transformSchema,
  parser: parserSchema,
  time: timeSchema,
  multiLine: multiLineSchema,
}

/** The JSON schema of `agent.yaml`, for editors. */
export function agentJsonSchema(): object {
  const definitions = new Map(
    Object.entries(shared).map(([name, schema]) => [JSON.stringify(schema.jsonSchema()), name]),
  )
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Configuration of loghub agent',
    ...(withReferences(agentConfigSchema.jsonSchema(), definitions) as object),
    anyOf: [{ required: ['inputs'] }, { required: ['fleet'] }],
    $defs: Object.fromEntries(Object.entries(shared).map(([name, schema]) => [name, schema.jsonSchema()])),
  }
}

function withReferences(part: unknown, definitions: ReadonlyMap<string, string>): unknown {
  if (typeof part !== 'object' || part === null) return part
  const name = definitions.get(JSON.stringify(part))
  if (name !== undefined) return { $ref: `#/$defs/${name}` }
  if (Array.isArray(part)) return part.map((item) => withReferences(item, definitions))
  return Object.fromEntries(Object.entries(part).map(([key, value]) => [key, withReferences(value, definitions)]))
}
