import { safeText } from '../../../core/safe-text.ts'
import { bytesText, countText } from '../../shared/quantity-text.ts'
import type { Section } from '../frame.ts'
import { type Line, span } from '../line.ts'
import { bar, byteRateText, durationText, percentText, rateText } from '../meters.ts'
import type { Rates } from '../rates.ts'
import { logsBySecond, type ProducerFigures, type Reading } from '../reading.ts'
import { type Cell, type Column, table } from '../table.ts'
import { countsLine, curveLine, shouldBeNone, summaryLine } from './summary.ts'

const BAR_COLUMNS = 20

/** One line for each group of figures of a producer. */
export function producerSummary(reading: Reading, rates: Rates, columns: number): Line[] {
  const { producer } = reading
  if (producer === undefined) return []
  const { logs, batches } = producer
  if (logs === undefined || batches === undefined) return [memoryLine(producer)]
  const { failed, failedByCode, dropped, droppedByReason, inMemory } = logs
  const { open, queued, inFlight, retrying, held } = batches
  return [
    summaryLine(
      'Logs',
      `${rateText(rates.of(({ producer }) => producer?.logs?.accepted))} accepted`,
      `${rateText(rates.of(({ producer }) => producer?.logs?.delivered))} delivered`,
      shouldBeNone(failed + dropped, 'lost'),
      `${countText(inMemory)} in memory`,
    ),
    ...curveLine(logsBySecond(reading), columns),
    requestsLine(producer, rates),
    memoryLine(producer),
    ...latencyLine(producer),
    summaryLine(
      'Batches',
      `${countText(open)} open`,
      `${countText(queued)} queued`,
      `${countText(inFlight)} in flight`,
      shouldBeNone(retrying, 'retrying', 'yellow'),
      shouldBeNone(held, 'held', 'yellow'),
    ),
    ...countsLine('Retries', producer.requests?.retriesByReason ?? {}, 'yellow'),
    ...countsLine('Lost', { ...failedByCode, ...droppedByReason }, 'red'),
    ...countsLine('Refused', logs.refusedByCode, 'red'),
    ...spoolLine(producer, rates),
  ]
}

/** Lanes, groups and destinations, failing ones first. */
export function producerSections(producer: ProducerFigures | undefined, rates: Rates, columns: number): Section[] {
  if (producer === undefined) return []
  return [
    breakers(producer, columns),
    lanes(producer, rates, columns),
    projects(producer, columns),
    groups(producer, columns),
  ].filter(({ rows }) => rows.length > 0)
}

function requestsLine({ requests }: ProducerFigures, rates: Rates): Line {
  const made = rates.of(({ producer }) => producer?.requests?.made)
  const failed = rates.of(({ producer }) => producer?.requests?.failed)
  const sent = rates.of(({ producer }) => producer?.requests?.sentBytes)
  const raw = rates.of(({ producer }) => producer?.requests?.rawBytes)
  return summaryLine(
    'Requests',
    rateText(made),
    shouldBeNone(failed ?? 0, 'failing', 'yellow', rateText(failed)),
    shouldBeNone(requests?.failed ?? 0, 'failed in all', 'yellow'),
    `${byteRateText(sent)} sent, ${byteRateText(raw)} raw`,
  )
}

function memoryLine({ memory }: ProducerFigures): Line {
  const {
    usedBytes,
    totalBytes,
    highWaterBytes,
    blockedSends = 0,
  } = memory as Required<ProducerFigures['memory']> & {
    readonly highWaterBytes?: number
    readonly blockedSends?: number
  }
  const share = totalBytes > 0 ? usedBytes / totalBytes : 0
  const most = highWaterBytes === undefined ? [] : [`most ${percentText(highWaterBytes / totalBytes)}`]
  const used = [...bar(share, BAR_COLUMNS), span(` ${percentText(share)} of ${bytesText(totalBytes)}`)]
  return summaryLine('Memory', used, ...most, shouldBeNone(blockedSends, 'sends wait', 'yellow'))
}

function latencyLine({ latency }: ProducerFigures): Line[] {
  if (latency === undefined || latency.totalMs.count === 0) return []
  const { requestMs, totalMs } = latency
  return [
    summaryLine(
      'Latency',
      `request p50 ${durationText(requestMs.p50)}, p99 ${durationText(requestMs.p99)}`,
      `in all p50 ${durationText(totalMs.p50)}, p99 ${durationText(totalMs.p99)}`,
    ),
  ]
}

function spoolLine({ spool, logs }: ProducerFigures, rates: Rates): Line[] {
  if (spool === undefined) return []
  const { bytes, records, oldestAgeMs, lostRecords, troubles } = spool
  return [
    summaryLine(
      'Spool',
      `${bytesText(bytes)}, ${countText(logs?.onDisk ?? 0)} logs in ${countText(records)} ${records === 1 ? 'batch' : 'batches'}`,
      ...(records > 0 ? [`oldest ${durationText(oldestAgeMs)}`] : []),
      `${rateText(rates.of(({ producer }) => producer?.spool?.replayed))} replayed`,
      ...(troubles > 0 ? [shouldBeNone(troubles, 'failed writes')] : []),
      ...(lostRecords > 0 ? [shouldBeNone(lostRecords, 'damaged')] : []),
    ),
  ]
}

function breakers({ breakers = [] }: ProducerFigures, columns: number): Section {
  const heads: Column[] = [
    { title: 'IN TROUBLE', atLeast: 16 },
    { title: 'STATE' },
    { title: 'HELD BATCHES', align: 'right' },
    { title: 'LOGS', align: 'right' },
    { title: 'NEXT TRY IN', align: 'right' },
  ]
  const rows = breakers.map(({ project, logstore, state, heldBatches, heldLogs, probeInMs }): Cell[] => [
    span(place(project, logstore), 'red'),
    state,
    countText(heldBatches),
    countText(heldLogs),
    durationText(probeInMs),
  ])
  return sectionOf(heads, rows, columns)
}

function lanes({ lanes = [] }: ProducerFigures, rates: Rates, columns: number): Section {
  const heads: Column[] = [
    { title: 'LANE', align: 'right' },
    { title: 'WORKS ON', atLeast: 16 },
    { title: 'LOGS', align: 'right' },
    { title: 'BYTES', align: 'right' },
    { title: 'TRIED', align: 'right' },
    { title: 'FOR', align: 'right' },
    { title: 'SENDS', align: 'right' },
    { title: 'FAILED', align: 'right' },
  ]
  const busyFirst = [...lanes].sort((a, b) => Number(b.busy) - Number(a.busy) || a.index - b.index)
  const rows = busyFirst.map(({ index, current, failedRequests }): Cell[] => {
    const sent = rates.of(({ producer }) => producer?.lanes?.find((lane) => lane.index === index)?.sentBytes)
    const work =
      current === undefined
        ? [span('idle', 'dim'), '', '', '', '']
        : [
            place(current.project, current.logstore),
            countText(current.logCount),
            bytesText(current.rawSizeInBytes),
            current.attemptCount === 0 ? '' : span(`${countText(current.attemptCount)} x`, 'yellow'),
            durationText(current.requestMs),
          ]
    return [String(index), ...work, byteRateText(sent), shouldBeNone(failedRequests, '').text.trim()]
  })
  return sectionOf(heads, rows, columns)
}

/** Empty for a single project, whose memory is in the summary. */
function projects({ memory, spool }: ProducerFigures, columns: number): Section {
  const used = (memory as { readonly usedBytesByProject?: Readonly<Record<string, number>> }).usedBytesByProject ?? {}
  const names = [...new Set([...Object.keys(used), ...Object.keys(spool?.byProject ?? {})])]
  const heads: Column[] = [
    { title: 'PROJECT', atLeast: 16 },
    { title: 'MEMORY', align: 'right' },
    { title: 'ON DISK', align: 'right' },
  ]
  const rows = names
    .map((name) => ({ name, bytes: used[name] ?? 0, onDisk: spool?.byProject[name]?.bytes ?? 0 }))
    .sort((a, b) => b.bytes - a.bytes || b.onDisk - a.onDisk)
    .map(({ name, bytes, onDisk }): Cell[] => [safeText(name), bytesText(bytes), onDisk === 0 ? '' : bytesText(onDisk)])
  return sectionOf(heads, names.length < 2 ? [] : rows, columns)
}

function groups({ groups = [], groupCount = 0 }: ProducerFigures, columns: number): Section {
  const heads: Column[] = [
    { title: `GROUP (${countText(groupCount)})`, atLeast: 16 },
    { title: 'LOGS', align: 'right' },
    { title: 'MEMORY', align: 'right' },
    { title: 'BATCHES', align: 'right' },
    { title: 'OLDEST', align: 'right' },
    { title: 'TOPIC', atLeast: 5 },
    { title: 'SOURCE', atLeast: 6 },
  ]
  const rows = groups.map((group): Cell[] => [
    place(group.project, group.logstore),
    countText(group.logs),
    bytesText(group.usedBytes),
    countText(group.batches),
    durationText(group.oldestAgeMs),
    safeText(group.topic),
    safeText(group.source),
  ])
  return sectionOf(heads, rows, columns)
}

function place(project: string, logstore: string): string {
  return safeText(`${project}/${logstore}`)
}

function sectionOf(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): Section {
  const [head = [], ...lines] = table(columns, rows, width)
  return { head, rows: lines }
}
