/**
 * CreateProject, GetProject, UpdateProject, DeleteProject, and ListProject, which is the same call as GetProject on an
 * endpoint that names no project. CreateProject takes the name from the body, because the Node SDK sends it to an endpoint
 * without a project.
 *
 * Not imitated: regions, owners, quotas. The name of a deleted project is free at once.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import { pageOfNames, type Route, type RouteContext } from './route.ts'

/** Projects. */
export const projectRoutes: readonly Route[] = [
  { method: 'POST', path: '/', handle: create },
  { method: 'GET', path: '/', handle: (context) => (context.request.namesProject ? show(context) : list(context)) },
  { method: 'PUT', path: '/', handle: update },
  { method: 'DELETE', path: '/', handle: remove },
]

function create({ store, request }: RouteContext): Answer {
  const { projectName = request.project, description, dataRedundancyType } = jsonObject(rawBody(request))
  if (typeof projectName !== 'string') throw refusal('ParameterInvalid', 'projectName must be a text')
  const redundancy = dataRedundancyType === undefined ? undefined : textOf('dataRedundancyType', dataRedundancyType, 16)
  store.createProject(projectName, textOf('description', description ?? ''), request.nowMs, redundancy)
  return done
}

function show({ store, request }: RouteContext): Answer {
  return jsonAnswer(store.project(request.project))
}

function list({ store, request }: RouteContext): Answer {
  const names = store.projects.map(({ name }) => name)
  const { page, total } = pageOfNames(request, names, 'projectName')
  return jsonAnswer({ count: page.length, total, projects: page.map((name) => store.project(name)) })
}

function update({ store, request }: RouteContext): Answer {
  const project = store.project(request.project)
  project.description = textOf('description', jsonObject(rawBody(request)).description ?? '')
  store.projectChanged(project, request.nowMs)
  return done
}

function remove({ store, request }: RouteContext): Answer {
  store.deleteProject(request.project)
  return done
}

function textOf(name: string, value: unknown, longest = 1024): string {
  if (typeof value === 'string' && value.length <= longest) return value
  throw refusal('ParameterInvalid', `${name} must be a text of at most ${longest} characters`)
}
