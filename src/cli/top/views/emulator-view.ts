import { safeText } from '../../../core/safe-text.ts'
import { bytesText, countText } from '../../shared/quantity-text.ts'
import type { Section } from '../frame.ts'
import { type Line, span } from '../line.ts'
import { byteRateText, durationText, rateText } from '../meters.ts'
import type { Rates } from '../rates.ts'
import { type EmulatorFigures, logsBySecond, type Reading, refusalCount } from '../reading.ts'
import { type Cell, type Column, table } from '../table.ts'
import { countsLine, curveLine, shouldBeNone, summaryLine } from './summary.ts'

/** One line each for accepted and refused requests of an emulator. */
export function emulatorSummary(reading: Reading, { stats }: EmulatorFigures, rates: Rates, columns: number): Line[] {
  const rate = (name: 'requests' | 'writes' | 'logs' | 'wireBytes' | 'rawBytes') =>
    rates.of(({ emulator }) => emulator?.stats[name])
  const refused = rates.of(({ emulator }) => emulator && refusalCount(emulator.stats))
  return [
    summaryLine(
      'Logs',
      `${rateText(rate('logs'))} in ${rateText(rate('writes'))} writes`,
      `${countText(stats.logs)} in all`,
    ),
    ...curveLine(logsBySecond(reading), columns),
    summaryLine(
      'Requests',
      rateText(rate('requests')),
      shouldBeNone(refused ?? 0, 'refused', 'yellow', rateText(refused)),
      `${countText(stats.connections)} connections`,
      `${byteRateText(rate('wireBytes'))} sent, ${byteRateText(rate('rawBytes'))} raw`,
    ),
    summaryLine(
      'Stored',
      `${countText(stats.storedLogs)} logs, ${bytesText(stats.storedBytes)}`,
      shouldBeNone(stats.droppedLogs, 'dropped for room', 'yellow'),
      shouldBeNone(stats.expiredLogs, 'too old', 'yellow'),
      ...(stats.damagedPlaces > 0 ? [shouldBeNone(stats.damagedPlaces, 'damaged places')] : []),
    ),
    ...countsLine('Refused', stats.refusals, 'yellow'),
  ]
}

/** The logstores, and the last refused requests. */
export function emulatorSections(reading: Reading, figures: EmulatorFigures, rates: Rates, columns: number): Section[] {
  return [logstores(figures, rates, columns), refusals(reading, figures, columns)].filter(({ rows }) => rows.length > 0)
}

function logstores({ logstores }: EmulatorFigures, rates: Rates, columns: number): Section {
  const heads: Column[] = [
    { title: `LOGSTORE (${countText(logstores.length)})`, atLeast: 20 },
    { title: 'LOGS', align: 'right' },
    { title: 'GROWS', align: 'right' },
    { title: 'BYTES', align: 'right' },
    { title: 'SHARDS', align: 'right' },
    { title: 'KEPT DAYS', align: 'right' },
  ]
  const rows = logstores.map(({ project, logstore, logs, bytes, openShards, shards, ttlDays }) => {
    const grows = rates.of(
      ({ emulator }) =>
        emulator?.logstores.find((each) => each.project === project && each.logstore === logstore)?.logs,
    )
    const cells: Cell[] = [
      safeText(`${project}/${logstore}`),
      countText(logs),
      rateText(grows),
      bytesText(bytes),
      openShards === shards ? String(shards) : `${openShards} of ${shards}`,
      countText(ttlDays),
    ]
    return { cells, grows: grows ?? 0, logs }
  })
  rows.sort((a, b) => b.grows - a.grows || b.logs - a.logs)
  return sectionOf(
    heads,
    rows.map(({ cells }) => cells),
    columns,
  )
}

function refusals({ about }: Reading, { refused }: EmulatorFigures, columns: number): Section {
  const heads: Column[] = [
    { title: 'AGO', align: 'right' },
    { title: 'REFUSED', atLeast: 10 },
    { title: 'REQUEST', atLeast: 14 },
    { title: 'WHY', atLeast: 16 },
    { title: 'CLIENT', atLeast: 10 },
  ]
  const rows = refused.map(({ time, method, target, client, refusal }): Cell[] => [
    durationText(Math.max(0, about.time - time)),
    span(safeText(refusal?.errorCode ?? ''), 'yellow'),
    safeText(`${method} ${target}`, 120),
    safeText(refusal?.message ?? '', 200),
    safeText(client.userAgent || client.address, 80),
  ])
  return sectionOf(heads, rows, columns)
}

function sectionOf(columns: readonly Column[], rows: readonly (readonly Cell[])[], width: number): Section {
  const [head = [], ...lines] = table(columns, rows, width)
  return { head, rows: lines }
}
