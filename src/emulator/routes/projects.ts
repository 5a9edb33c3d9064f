/**
 * CreateProject, GetProject, DeleteProject. The name comes from the body on creation: the Node SDK sends that call to
 * the bare endpoint.
 *
 * Not imitated: regions, owners, redundancy, ListProject, UpdateProject. A deleted name is free at once.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import type { Route, RouteContext } from '../http/route.ts'
import { refusal } from '../http/service-error.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'

export const projectRoutes: readonly Route[] = [
  { method: 'POST', path: '/', handle: create },
  { method: 'GET', path: '/', handle: ({ store, request }) => jsonAnswer(store.project(request.project)) },
  { method: 'DELETE', path: '/', handle: remove },
]

function create({ store, request }: RouteContext): Answer {
  const { projectName = request.project, description = '' } = jsonObject(rawBody(request))
  if (typeof projectName !== 'string') throw refusal('ParameterInvalid', 'projectName must be a text')
  store.createProject(projectName, String(description), request.nowMs)
  return done
}

function remove({ store, request }: RouteContext): Answer {
  store.deleteProject(request.project)
  return done
}
