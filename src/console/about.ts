import { basename } from 'node:path'
import { version } from '../../package.json'
import type { Clock } from '../core/clock.ts'
import { jsonAnswer } from '../server/answer.ts'
import type { HttpRoute } from '../server/routed.ts'

/** Path prefix of the feeds of the console, which are JSON or server-sent events. */
export const CONSOLE_API = '/console/api/'

/** Identifies the program at an address. `kind` decides which feeds it has. */
export interface About {
  /** The kind of program. */
  readonly kind: 'emulator' | 'agent' | 'producer'
  /** Distinguishes programs of one kind. Default: the script that was started. */
  readonly name: string
  /** Version of this package. */
  readonly version: string
  /** Process id. */
  readonly pid: number
  /** When the program was started, in epoch milliseconds. */
  readonly startedAt: number
  /** The time of this answer, in epoch milliseconds. */
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
