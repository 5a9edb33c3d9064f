import type { AgentStatus } from '../agent.ts'
import type { InputCounts } from '../write/input-counters.ts'
import type { Metric } from './prometheus-text.ts'

/** Counts of an input that are metrics, and their meaning. */
const INPUT_COUNTERS: readonly (readonly [keyof InputCounts, string, 'counter' | 'gauge', string])[] = [
  ['logs', 'logs_total', 'counter', 'Logs that the producer has taken.'],
  ['bytes', 'bytes_total', 'counter', 'Bytes of their content.'],
  ['delivered', 'delivered_total', 'counter', 'Logs that are stored by the service or kept on disk.'],
  [
    'failed',
    'failed_total',
    'counter',
    'Logs that were given up or refused; an input that can go back sends them again.',
  ],
  ['dropped', 'dropped_total', 'counter', 'Logs left out for want of room.'],
  ['filtered', 'filtered_total', 'counter', 'Logs left out by transforms.'],
  ['transformErrors', 'transform_errors_total', 'counter', 'Logs that a transform failed on.'],
  ['discarded', 'discarded_total', 'counter', 'Logs written after the end of the input.'],
  ['blocked', 'blocked_total', 'counter', 'Waits for room.'],
  ['inFlightLogs', 'in_flight_logs', 'gauge', 'Logs without a verdict.'],
  ['inFlightBytes', 'in_flight_bytes', 'gauge', 'Bytes of logs without a verdict.'],
]

/** Numbers of the producer, by the path of their names, such as `logs.delivered`. */
export type ProducerNumbers = Readonly<Record<string, unknown>>

/** Counters of the inputs and of the producer. */
export function agentMetrics({ inputs, leftBehind }: AgentStatus, producer: ProducerNumbers): Metric[] {
  const metrics: Metric[] = INPUT_COUNTERS.map(([field, name, type, help]) => ({
    name: `loghub_agent_input_${name}`,
    type,
    help,
    samples: inputs.map(({ id, type: kind, counts }) => ({
      labels: { id, type: kind },
      value: counts[field] as number,
    })),
  }))
  metrics.push(
    {
      name: 'loghub_agent_input_up',
      type: 'gauge',
      help: '1 while the input runs.',
      samples: inputs.map(({ id, type, state }) => ({ labels: { id, type }, value: state === 'running' ? 1 : 0 })),
    },
    {
      name: 'loghub_agent_input_restarts_total',
      type: 'counter',
      help: 'Restarts after a failure or an end.',
      samples: inputs.map(({ id, type, restarts }) => ({ labels: { id, type }, value: restarts })),
    },
    {
      name: 'loghub_agent_input_events_total',
      type: 'counter',
      help: 'What each kind of input counts, by name.',
      samples: inputs.flatMap(({ id, type, counts }) =>
        Object.entries(counts.byName).map(([name, value]) => ({ labels: { id, type, name }, value })),
      ),
    },
    {
      name: 'loghub_agent_inputs_left_behind_total',
      type: 'counter',
      help: 'Inputs that did not end in time.',
      samples: [{ labels: {}, value: leftBehind }],
    },
    ...producerMetrics(producer),
  )
  return metrics
}

/** Every number of the snapshot. Lists, such as that of the lanes, are only for the console. */
function producerMetrics(numbers: ProducerNumbers): Metric[] {
  const metrics: Metric[] = []
  const walk = (value: unknown, path: readonly string[]) => {
    if (typeof value === 'number' && Number.isFinite(value)) {
      const name = `loghub_producer_${path.map(snakeCase).join('_')}`
      metrics.push({
        name,
        type: 'gauge',
        help: `Of the producer: ${path.join('.')}.`,
        samples: [{ labels: {}, value }],
      })
    } else if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key])
    }
  }
  walk(numbers, [])
  return metrics
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`).replace(/\W/g, '_')
}
