import { constant, list, object, oneOf, type TypeOf, wholeNumber } from '../../config/schema.ts'
import type { Input } from '../../input.ts'
import { every, type GatherContext } from '../every.ts'
import { scheduleFields } from '../schedule-options.ts'
import { collectors, METRICS } from './collectors.ts'

export const hostMetricsRequired = { type: constant('host-metrics') }
export const hostMetricsOptional = {
  ...scheduleFields,
  intervalMs: wholeNumber(100, undefined, 'Time between two measurements, in milliseconds. Default 10000.'),
  collect: list(oneOf(METRICS), { min: 1, description: 'What to measure. Default: everything.' }),
}

const schema = object(hostMetricsRequired, hostMetricsOptional)
export type HostMetricsOptions = Omit<TypeOf<typeof schema>, 'type'>

/** Measures the machine. Writes one log for each processor set, file system and so on; its field `metric` says which kind it is. */
export function hostMetricsInput(options: HostMetricsOptions): Input {
  const { intervalMs = 10_000, collect = METRICS } = options
  return every({ ...options, intervalMs }, (gather) => collectAll(collect, gather))
}

async function collectAll(
  names: readonly (typeof METRICS)[number][],
  { write, context }: GatherContext,
): Promise<void> {
  // Loaded with the first gather: most agents do not need it.
  const { default: information } = await import('systeminformation')
  const time = context.clock.now()
  const results = await Promise.allSettled(names.map((name) => collectors[name](information)))
  for (const [index, result] of results.entries()) {
    const metric = names[index] as string
    if (result.status === 'rejected') context.count(`${metric}Errors`)
    else for (const fields of result.value) await write({ metric, ...fields }, { time })
  }
}
