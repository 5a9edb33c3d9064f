import { basename } from 'node:path'
import { version } from '../../package.json'
import type { Clock } from '../core/clock.ts'
import { jsonAnswer } from '../server/answer.ts'
import type { HttpRoute } from '../server/routed.ts'

/** Where the feeds of the console are: JSON, and server-sent events for what moves. */
export const CONSOLE_API = '/console/api/'

/** What answers at an address: a page or a program that asks knows by `kind` which feeds there are. */
export interface About {
  /** What it is. */
  readonly kind: 'emulator' | 'agent' | 'producer'
  /** By what it can be told from others of its kind: by default the script that was started. */
  readonly name: string
  /** Version of this package. */
  readonly version: string
  /** Process id. */
  readonly pid: number
  /** When it was started, epoch milliseconds. */
  readonly startedAt: number
  /** When this was answered, epoch milliseconds. */
  readonly time: number
}

/** `GET /console/api/about`. */
export function aboutRoute(kind: About['kind'], clock: Clock, name = scriptName()): HttpRoute {
  const startedAt = clock.now()
  const about = (): About => ({ kind, name, version, pid: process.pid, startedAt, time: clock.now() })
  return { method: 'GET', path: `${CONSOLE_API}about`, handle: () => jsonAnswer(about()) }
}

function scriptName(): string {
  return basename(process.argv[1] ?? process.execPath)
}
