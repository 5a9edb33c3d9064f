import type { ComponentHealth } from './heartbeat.ts'

/** Whether the agent works, and each of its components. */
export interface AgentHealth {
  /** False if a required component is not. */
  readonly ok: boolean
  /** The producer and each input. */
  readonly components: readonly ComponentHealth[]
}

/** Healthy if each required component is. */
export function healthOf(components: readonly ComponentHealth[]): AgentHealth {
  return { ok: components.every(({ ok, required }) => ok || !required), components }
}
