import { isProducerError } from '../../core/errors.ts'
import { emptyAnswer, jsonAnswer } from '../../server/answer.ts'
import type { Guard } from '../../server/guards.ts'
import { HttpError } from '../../server/http-error.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { RoutedRequest } from '../../server/routed-request.ts'
import type { Agent } from '../agent.ts'
import type { InputSpec } from '../input.ts'
import { withoutSecrets, withSecretsOf } from './spec-secrets.ts'

/** `GET /inputs`, `PUT /inputs/:id` with a spec as JSON (a hidden secret stays as it is), `DELETE /inputs/:id`. */
export function inputRoutes(agent: Agent, reading: Guard, writing: Guard): HttpRoute[] {
  return [
    { method: 'GET', path: '/inputs', guard: reading, handle: () => jsonAnswer(agent.status()) },
    { method: 'PUT', path: '/inputs/:id', guard: writing, handle: (request) => put(agent, request) },
    { method: 'DELETE', path: '/inputs/:id', guard: writing, handle: (request) => remove(agent, request) },
  ]
}

/** `GET` of a path with `:id`: the spec of an input without its secrets. */
export function specRoute(agent: Agent, path: string): HttpRoute {
  return { method: 'GET', path, handle: (request) => jsonAnswer(withoutSecrets(changeableSpec(agent, request))) }
}

function changeableSpec(agent: Agent, { params }: RoutedRequest): InputSpec {
  const spec = agent.specs().find(({ id }) => id === params.id)
  if (spec === undefined) throw new HttpError(404, `there is no input ${JSON.stringify(params.id)}`)
  if ('input' in spec) throw new HttpError(409, 'an input of code can be changed in code only')
  return spec
}

async function put(agent: Agent, request: RoutedRequest) {
  const id = request.params.id as string
  const body = await request.json()
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new HttpError(400, 'the body must be a spec, as an object')
  if ('input' in body) throw new HttpError(400, 'an input of code cannot be given here')
  const before = agent.specs().find((one) => one.id === id)
  const spec = withSecretsOf({ ...body, id }, before) as InputSpec
  await changed(before === undefined ? agent.add(spec) : agent.replace(spec))
  return jsonAnswer({ id }, { status: before === undefined ? 201 : 200 })
}

async function remove(agent: Agent, request: RoutedRequest) {
  const id = request.params.id as string
  if (!agent.specs().some((one) => one.id === id)) throw new HttpError(404, `there is no input ${JSON.stringify(id)}`)
  await changed(agent.remove(id))
  return emptyAnswer()
}

/** A refusal of the agent is answered to the client; any other error is a bug. */
async function changed(change: Promise<void>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (!isProducerError(error)) throw error
    const status = error.code === 'ERR_LOGHUB_OPTION' ? 400 : error.code === 'ERR_LOGHUB_CLOSED' ? 503 : 409
    throw new HttpError(status, error.message, { code: error.code })
  }
}
