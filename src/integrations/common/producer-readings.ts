import type { ProducerMetrics, SpoolMetrics } from '../../producer/observe/metrics.ts'

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

type SpoolFigure = Exclude<keyof SpoolMetrics, 'byProject'>
/** No value while no spool is open. */
const ofSpool =
  (figure: SpoolFigure, unit = 1) =>
  (m: ProducerMetrics) =>
    m.spool === undefined ? [] : one(m.spool[figure] * unit)
const byProject = (figure: 'records' | 'logs' | 'bytes') => (m: ProducerMetrics) =>
  Object.entries(m.spool?.byProject ?? {}).map(([project, onDisk]) => ({ labels: { project }, value: onDisk[figure] }))
const SECONDS = 1 / 1000

const spoolReadings: readonly Reading[] = [
  gauge('spool_used', 'By', 'Size of the files of the spool', ofSpool('bytes')),
  gauge('spool_limit', 'By', 'Largest size of the files of the spool', ofSpool('maxBytes')),
  gauge('spool_oldest_age', 's', 'Age of the oldest batch in the spool', ofSpool('oldestAgeMs', SECONDS)),
  gauge('spool_batches', '{batch}', 'Batches in the spool, by project', byProject('records')),
  gauge('spool_logs', '{log}', 'Logs in the spool, by project', byProject('logs')),
  gauge('spool_data', 'By', 'Bytes of the batches in the spool, by project', byProject('bytes')),
  counter('spool_appends', '{batch}', 'Batches written to the spool', ofSpool('appends')),
  counter('spool_logs_durable', '{log}', 'Logs written to the spool', ofSpool('durableLogs')),
  counter('spool_replays', '{batch}', 'Batches read back to be sent', ofSpool('replayed')),
  counter('spool_syncs', '{sync}', 'Times that files were forced to disk', ofSpool('syncs')),
  counter(
    'spool_errors',
    '{error}',
    'Appends and openings that failed: no room, or the disk fails',
    ofSpool('troubles'),
  ),
  counter('spool_quarantined', '{file}', 'Damaged files put aside', ofSpool('quarantined')),
]

/** What of a producer's metrics is worth a time series; the same names for Prometheus and OpenTelemetry. */
export const producerReadings: readonly Reading[] = [
  counter('logs_accepted', '{log}', 'Logs accepted by send', (m) => one(m.logs.accepted)),
  counter('logs_delivered', '{log}', 'Logs stored by the service', (m) => one(m.logs.delivered)),
  counter('logs_failed', '{log}', 'Logs given up, by error code', (m) => byName('code', m.logs.failedByCode)),
  counter('logs_dropped', '{log}', 'Logs dropped, by reason', (m) => byName('reason', m.logs.droppedByReason)),
  counter('logs_refused', '{log}', 'Logs never accepted, by error code', (m) => byName('code', m.logs.refusedByCode)),
  gauge('logs_in_memory', '{log}', 'Logs accepted and not yet settled', (m) => one(m.logs.inMemory)),
  gauge('logs_on_disk', '{log}', 'Logs in the spool', (m) => one(m.logs.onDisk)),
  counter('logs_recovered', '{log}', 'Logs found in the spool, from earlier processes', (m) => one(m.logs.recovered)),
  counter('logs_damaged', '{log}', 'Logs lost on disk: damaged or missing', (m) => one(m.logs.damaged)),
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
  ...spoolReadings,
  gauge('latency', 's', 'Latency of batches since the start, by stage and quantile', latencies),
]
