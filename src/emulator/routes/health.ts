/** `GET /health`, for scripts that wait until the emulator has started. The service has no such call. */
import { jsonAnswer } from '../http/answer.ts'
import type { Route } from './route.ts'

/** `GET /health`. */
export const health: Route = {
  method: 'GET',
  path: '/health',
  isPublic: true,
  handle: () => jsonAnswer({ status: 'ok' }),
}
