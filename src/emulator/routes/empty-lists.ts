/**
 * Empty lists of what the emulator does not have: dashboards, collection configurations, machine groups, saved searches,
 * jobs, external stores. Tools that read a whole project need the calls. Creating or changing one is refused.
 */
import { jsonAnswer } from '../http/answer.ts'
import { refusal } from '../http/service-error.ts'
import type { Route } from './route.ts'

const LISTS: Readonly<Record<string, readonly string[]>> = {
  '/dashboards': ['dashboards', 'dashboardItems'],
  '/configs': ['configs'],
  '/machinegroups': ['machinegroups'],
  '/savedsearches': ['savedsearches', 'savedsearchItems'],
  '/jobs': ['results'],
  '/externalstores': ['externalstores'],
}

/** Lists that are always empty. */
export const emptyLists: readonly Route[] = Object.entries(LISTS).flatMap(([path, fields]): Route[] => [
  {
    method: 'GET',
    path,
    handle: ({ store, request }) => {
      store.project(request.project)
      return jsonAnswer({ count: 0, total: 0, ...Object.fromEntries(fields.map((field) => [field, []])) })
    },
  },
  {
    method: 'POST',
    path,
    handle: () => {
      throw refusal('ParameterInvalid', `${path.slice(1)} are not imitated by the emulator`)
    },
  },
])
