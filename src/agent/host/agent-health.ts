import type { ComponentHealth } from './heartbeat.ts'

export interface AgentHealth {
  readonly ok: boolean
  readonly components: readonly ComponentHealth[]
}

/** Well when each required component is. */
export function healthOf(components: readonly ComponentHealth[]): AgentHealth {
  return { ok: components.every(({ ok, required }) => ok || !required), components }
}
