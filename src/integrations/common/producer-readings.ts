import type { ProducerMetrics } from '../../producer/observe/metrics.ts'

export type ReadingKind = 'counter' | 'gauge'

/** One figure of a producer under a name that metric systems take. */
export interface Reading {
  /** Without a prefix, in snake case, with its unit. */
  readonly name: string
  readonly kind: ReadingKind
  readonly unit: string
  readonly help: string
  /** The values of now, each with the labels that tell it from the others. */
  readonly read: (metrics: ProducerMetrics) => readonly LabelledValue[]
}

export interface LabelledValue {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const counter = (name: string, unit: string, help: string, read: Reading['read']): Reading => ({
  name,
  kind: 'counter',
  unit,
  help,
  read,
})
const gauge = (name: string, unit: string, help: string, read: Reading['read']): Reading => ({
  ...counter(name, unit, help, read),
  kind: 'gauge',
})

const one = (value: number): LabelledValue[] => [{ labels: {}, value }]
const byName = (label: string, counts: Readonly<Record<string, number>>): LabelledValue[] =>
  Object.entries(counts).map(([name, value]) => ({ labels: { [label]: name }, value }))

const QUANTILES = { p50: '0.5', p99: '0.99', max: '1' } as const
const STAGES = { queueMs: 'queue', compressMs: 'compress', requestMs: 'request', totalMs: 'total' } as const

function latencies({ latency }: ProducerMetrics): LabelledValue[] {
  return Object.entries(STAGES).flatMap(([stage, name]) =>
    Object.entries(QUANTILES).map(([quantile, label]) => ({
      labels: { stage: name, quantile: label },
      value: latency[stage as keyof typeof STAGES][quantile as keyof typeof QUANTILES] / 1000,
    })),
  )
}

/** What of a producer's metrics is worth a time series; the same names for Prometheus and OpenTelemetry. */
export const producerReadings: readonly Reading[] = [
  counter('logs_accepted', '{log}', 'Logs accepted by send', (m) => one(m.logs.accepted)),
  counter('logs_delivered', '{log}', 'Logs stored by the service', (m) => one(m.logs.delivered)),
  counter('logs_failed', '{log}', 'Logs given up, by error code', (m) => byName('code', m.logs.failedByCode)),
  counter('logs_dropped', '{log}', 'Logs dropped, by reason', (m) => byName('reason', m.logs.droppedByReason)),
  counter('logs_refused', '{log}', 'Logs never accepted, by error code', (m) => byName('code', m.logs.refusedByCode)),
  gauge('logs_in_memory', '{log}', 'Logs accepted and not yet settled', (m) => one(m.logs.inMemory)),
  gauge('memory_used', 'By', 'Bytes of the memory budget in use', (m) => one(m.memory.usedBytes)),
  gauge('memory_limit', 'By', 'Memory budget', (m) => one(m.memory.totalBytes)),
  gauge('blocked_sends', '{send}', 'Sends that wait for memory', (m) => one(m.memory.blockedSends)),
  gauge('batches', '{batch}', 'Batches, by state', ({ batches: b }) =>
    byName('state', { open: b.open, queued: b.queued, in_flight: b.inFlight, retrying: b.retrying, held: b.held }),
  ),
  counter('batches_sealed', '{batch}', 'Batches sealed, by reason', (m) => byName('reason', m.batches.sealedByReason)),
  counter('requests', '{request}', 'HTTP requests made', (m) => one(m.requests.made)),
  counter('requests_failed', '{request}', 'HTTP requests that failed', (m) => one(m.requests.failed)),
  counter('retries', '{retry}', 'Requests repeated, by reason', (m) => byName('reason', m.requests.retriesByReason)),
  counter('delivered_raw', 'By', 'Delivered bytes before compression', (m) => one(m.requests.rawBytes)),
  counter('delivered_sent', 'By', 'Delivered bytes as sent', (m) => one(m.requests.sentBytes)),
  counter('callback_errors', '{error}', 'Callbacks and listeners that threw', (m) => one(m.callbackErrors)),
  gauge('lanes', '{lane}', 'Lanes in use', (m) => one(m.lanes.length)),
  gauge('latency', 's', 'Latency of batches since the start, by stage and quantile', latencies),
]
