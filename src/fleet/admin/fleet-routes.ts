import { CONSOLE_API } from '../../console/about.ts'
import { isProducerError, type ProducerError } from '../../core/errors.ts'
import { type Answer, emptyAnswer, jsonAnswer } from '../../server/answer.ts'
import { HttpError } from '../../server/http-error.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { RoutedRequest } from '../../server/routed-request.ts'
import type { FleetControl } from '../fleet-control.ts'
import type { FleetInputSpec } from '../fleet-spec.ts'
import type { FleetMember } from '../member/fleet-member.ts'

/** What the routes need of a fleet. Member and control are undefined until the servers have been reached. */
interface ConnectedFleet {
  readonly name: string
  readonly member: FleetMember | undefined
  readonly control: FleetControl | undefined
}

/**
 * The routes of the fleet on the admin listener: `GET /fleet` (members, inputs, owners); `GET`, `PUT` (a spec as JSON) and `DELETE` of
 * `/fleet/inputs/:id`; `PUT` and `DELETE` of `/fleet/members/:name/drain`. They answer 503 until the coordinator has been reached.
 */
export function fleetRoutes(fleet: ConnectedFleet): HttpRoute[] {
  const input = '/fleet/inputs/:id'
  const drain = '/fleet/members/:name/drain'
  const status = () => jsonAnswer({ name: fleet.name, member: fleet.member?.status(), ...controlOf(fleet).status() })
  return [
    { method: 'GET', path: '/fleet', handle: status },
    { method: 'GET', path: `${CONSOLE_API}fleet`, handle: status },
    {
      method: 'GET',
      path: input,
      handle: ({ params }) => told(async () => jsonAnswer(controlOf(fleet).explain(params.id!))),
    },
    { method: 'PUT', path: input, handle: (request) => told(() => put(controlOf(fleet), request)) },
    { method: 'DELETE', path: input, handle: ({ params }) => told(() => done(controlOf(fleet).remove(params.id!))) },
    { method: 'PUT', path: drain, handle: ({ params }) => told(() => done(controlOf(fleet).drain(params.name!))) },
    {
      method: 'DELETE',
      path: drain,
      handle: ({ params }) => told(() => done(controlOf(fleet).drain(params.name!, false))),
    },
  ]
}

async function put(control: FleetControl, request: RoutedRequest): Promise<Answer> {
  const body = await request.json()
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new HttpError(400, 'the body must be a spec, as an object')
  }
  const id = request.params.id as string
  const isNew = await control.add({ ...body, id } as FleetInputSpec)
  return jsonAnswer({ id }, { status: isNew ? 201 : 200 })
}

async function done(work: Promise<void>): Promise<Answer> {
  await work
  return emptyAnswer()
}

function controlOf({ control }: ConnectedFleet): FleetControl {
  if (control === undefined) throw new HttpError(503, 'the coordinator of the fleet has not been reached yet')
  return control
}

/** Answers a refusal of the fleet with its status and code. Any other error is a bug, and the server answers 500. */
async function told(work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work()
  } catch (error) {
    const status = isProducerError(error) ? statusOf(error) : undefined
    if (!isProducerError(error) || status === undefined) throw error
    throw new HttpError(status, error.message, { code: error.code })
  }
}

function statusOf({ code, retriable }: ProducerError): number | undefined {
  if (code === 'ERR_LOGHUB_OPTION') return 400
  if (code === 'ERR_LOGHUB_INPUT') return 404
  // A write that would fail again is one of a spec that is too large for the servers.
  if (code === 'ERR_LOGHUB_FLEET') return retriable ? 503 : 413
  return undefined
}
