import { isDeepStrictEqual } from 'node:util'
import type { AgentConfig } from '../../agent/config/agent-config.ts'
import type { Agent } from '../../agent/index.ts'
import type { InputSpec } from '../../agent/input.ts'
import { toError } from '../../core/errors.ts'
import type { Producer, TunableOptions } from '../../index.ts'
import { withDefaults } from '../../producer/resolve-options.ts'
import { UsageError } from '../shared/exit-code.ts'
import { type LoadedConfig, placed } from './load-config.ts'

/** Options that cannot change while the agent runs. */
const FIXED = ['stateDirectory', 'admin', 'fleet'] as const

/** Applies a new configuration to a running agent, completely or not at all. */
export async function reload(
  next: LoadedConfig,
  current: AgentConfig,
  agent: Agent,
  producer: Producer,
): Promise<void> {
  const fixed = FIXED.filter((key) => !isDeepStrictEqual(next.config[key], current[key]))
  if (fixed.length > 0)
    throw new UsageError(fixed.map((key) => next.place([key], 'cannot change while the agent runs')).join('\n'))
  const change = producerChange(current.producer ?? {}, next.config.producer ?? {})
  try {
    producer.update(change)
  } catch (error) {
    throw new UsageError(placed(toError(error).message, next.place).join('\n'))
  }
  try {
    await agent.apply(wantedInputs(next.config, current, agent.specs()))
  } catch (error) {
    producer.update(producerChange(next.config.producer ?? {}, current.producer ?? {}))
    throw error
  }
}

/** Options that are new or have changed. A removed option gets its default. */
function producerChange(
  from: Readonly<Record<string, unknown>>,
  to: Readonly<Record<string, unknown>>,
): Partial<TunableOptions> {
  const defaults = withDefaults({}) as unknown as Record<string, unknown>
  const change: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (!isDeepStrictEqual(from[key], to[key])) change[key] = to[key] ?? defaults[key] ?? null
  }
  return change as Partial<TunableOptions>
}

/** The inputs of the file, and those that were added by other means and never were in the file. */
function wantedInputs(next: AgentConfig, current: AgentConfig, running: readonly InputSpec[]): InputSpec[] {
  const named = new Set([...next.inputs, ...current.inputs].map(({ id }) => id))
  return [...next.inputs, ...running.filter(({ id }) => !named.has(id))]
}
