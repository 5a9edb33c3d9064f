import { constant, list, object, oneOf, type TypeOf, wholeNumber } from '../../config/schema.ts'
import type { Input } from '../../input.ts'
import { every, type GatherContext } from '../every.ts'
import { scheduleFields } from '../schedule-options.ts'
import { collectors, METRICS } from './collectors.ts'

export const hostMetricsRequired = { type: constant('host-metrics') }
export const hostMetricsOptional = {
  ...scheduleFields,
  intervalMs: wholeNumber(100, undefined, 'Default 10000.'),
  collect: list(oneOf(METRICS), { min: 1, description: 'Default: all of them.' }),
}

const schema = object(hostMetricsRequired, hostMetricsOptional)
export type HostMetricsOptions = Omit<TypeOf<typeof schema>, 'type'>

/** State of the machine: a log for each thing that is measured, in the field `metric` what it is. */
export function hostMetricsInput(options: HostMetricsOptions): Input {
  const { intervalMs = 10_000, collect = METRICS } = options
  return every({ ...options, intervalMs }, (gather) => collectAll(collect, gather))
}

async function collectAll(
  names: readonly (typeof METRICS)[number][],
  { write, context }: GatherContext,
): Promise<void> {
  // Loaded with the first gather: most agents need none of it.
  const { default: information } = await import('systeminformation')
  const time = context.clock.now()
  const results = await Promise.allSettled(names.map((name) => collectors[name](information)))
  for (const [index, result] of results.entries()) {
    const metric = names[index] as string
    if (result.status === 'rejected') context.count(`${metric}Errors`)
    else for (const fields of result.value) await write({ metric, ...fields }, { time })
  }
}
