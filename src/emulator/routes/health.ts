/** `GET /health`: the emulator's own, for scripts that wait until it is up. The service has no such call. */
import { jsonAnswer } from '../http/answer.ts'
import type { Route } from './route.ts'

/** `GET /health`. */
export const health: Route = {
  method: 'GET',
  path: '/health',
  isPublic: true,
  handle: () => jsonAnswer({ status: 'ok' }),
}
