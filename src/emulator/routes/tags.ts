/**
 * TagResources, UntagResources and ListTagResources, for projects.
 *
 * Not imitated: tags of other resources are refused. A list is always complete, without a token.
 */
import { type Answer, done, jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import type { Project } from '../store/project.ts'
import { jsonObject } from '../wire/json-log-group.ts'
import { rawBody } from '../wire/write-body.ts'
import type { Route, RouteContext } from './route.ts'

/** Tags of projects. */
export const tagRoutes: readonly Route[] = [
  { method: 'POST', path: '/tag', handle: tag },
  { method: 'POST', path: '/untag', handle: untag },
  { method: 'GET', path: '/tags', handle: list },
]

function tag(context: RouteContext): Answer {
  const body = jsonObject(rawBody(context.request))
  const tags = listOf(body.tags).map((item) => {
    const { key, value } = (item ?? {}) as { readonly key?: unknown; readonly value?: unknown }
    return { key, value: value ?? '' }
  })
  for (const project of tagged(context, body.resourceType, body.resourceId)) {
    project.setTags(tags)
    context.store.projectChanged(project, context.request.nowMs)
  }
  return done
}

function untag(context: RouteContext): Answer {
  const body = jsonObject(rawBody(context.request))
  for (const project of tagged(context, body.resourceType, body.resourceId)) {
    const keys = body.all === true ? [...project.tags.keys()] : listOf(body.tags).map(String)
    for (const key of keys) project.tags.delete(key)
    context.store.projectChanged(project, context.request.nowMs)
  }
  return done
}

function list(context: RouteContext): Answer {
  const { query } = context.request
  const projects = tagged(context, query.get('resourceType') ?? 'project', idsOf(query.get('resourceId') ?? ''))
  const tagResources = projects.flatMap(({ name, tags }) =>
    [...tags].map(([tagKey, tagValue]) => ({ resourceType: 'PROJECT', resourceId: name, tagKey, tagValue })),
  )
  return jsonAnswer({ nextToken: '', tagResources })
}

/** The projects that a call names. SDKs send one name or a list. */
function tagged({ store }: RouteContext, type: unknown, ids: unknown): Project[] {
  const types = Array.isArray(type) ? type : [type]
  if (types.some((name) => String(name).toLowerCase() !== 'project')) {
    throw refusal('ParameterInvalid', 'the emulator keeps tags of projects alone')
  }
  return listOf(ids).map((id) => store.project(String(id)))
}

/** A list in a query is JSON, or the text form of a Python list. */
function idsOf(text: string): string[] {
  return text
    .replace(/^\[|\]$/g, '')
    .split(',')
    .map((id) => id.trim().replace(/^['"]|['"]$/g, ''))
    .filter((id) => id !== '')
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value.slice(0, 100)
  if (typeof value === 'string') return [value]
  throw refusal('ParameterInvalid', 'tags, resourceId must be lists')
}
