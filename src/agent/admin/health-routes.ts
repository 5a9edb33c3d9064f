import { jsonAnswer } from '../../server/answer.ts'
import type { Guard } from '../../server/guards.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { RoutedRequest } from '../../server/routed-request.ts'
import type { Agent } from '../agent.ts'
import { healthOf } from '../host/agent-health.ts'
import type { ComponentHealth } from '../host/heartbeat.ts'

/**
 * `/health`: 200 when every required input is alive, else 503. `/ready`: 200 when none of them is still starting. A probe has no token
 * and uses an address as host: it gets only the status. A client that passes the guard also gets the components.
 */
export function healthRoutes(agent: Agent, more: () => readonly ComponentHealth[], guard: Guard): HttpRoute[] {
  return [
    { method: 'GET', path: '/health', handle: (request) => health(agent, more(), passes(guard, request)) },
    { method: 'GET', path: '/ready', handle: () => ready(agent) },
  ]
}

function health(agent: Agent, more: readonly ComponentHealth[], isTrusted: boolean) {
  const { ok, components } = healthOf([...agent.health().components, ...more])
  return jsonAnswer(isTrusted ? { ok, components } : { ok }, { status: ok ? 200 : 503 })
}

function ready(agent: Agent) {
  const ok = agent.status().inputs.every(({ state }) => state !== 'starting')
  return jsonAnswer({ ok }, { status: ok ? 200 : 503 })
}

function passes(guard: Guard, { method, headers }: RoutedRequest): boolean {
  try {
    guard({ method, headers })
    return true
  } catch {
    return false
  }
}
