import { keyOf } from '../../producer/keep/batch-codec.ts'
import { type FoundRecord, type SlotReport, SpoolReader } from '../../spool/index.ts'
import { EXIT } from '../shared/exit-code.ts'
import { bytesText, countText } from '../shared/quantity-text.ts'
import { StatusLine } from '../shared/status-line.ts'
import { requireSpool } from './require-spool.ts'

interface DestinationReport {
  readonly project: string
  readonly logstore: string
  batches: number
  logs: number
  bytes: number
  /** Time of the oldest batch, in ISO 8601. */
  oldest: string
}

export interface SpoolReport {
  readonly directory: string
  readonly batches: number
  readonly logs: number
  readonly bytes: number
  readonly lostBatches: number
  readonly lostLogs: number
  /** Files with bytes that are not valid batches. */
  readonly damagedSegments: number
  readonly destinations: readonly DestinationReport[]
  readonly slots: readonly SlotReport[]
}

/** The exit code is 1 if damage was found. */
export async function inspectSpool(directory: string, checksBodies: boolean): Promise<number> {
  const report = await reportOf(directory, checksBodies)
  process.stdout.write(process.stdout.isTTY ? textOf(report) : `${JSON.stringify(report)}\n`)
  return report.lostBatches + report.damagedSegments > 0 ? EXIT.failed : EXIT.ok
}

async function reportOf(directory: string, checksBodies: boolean): Promise<SpoolReport> {
  await requireSpool(directory)
  const reader = new SpoolReader({ directory })
  const destinations = new Map<string, DestinationReport>()
  const slots: SlotReport[] = []
  const status = new StatusLine(process.stderr)
  let seen = 0
  status.start(() => `${countText(seen)} batches seen`)
  try {
    for (const slot of await reader.slots()) {
      const onRecord = ({ header }: FoundRecord) => {
        seen++
        addTo(destinations, header.group, header.count, header.bodyBytes, header.timeMs)
      }
      slots.push(await reader.report(slot, { checksBodies, onRecord }))
    }
  } finally {
    status.stop()
  }
  const sum = (value: (slot: SlotReport) => number) => slots.reduce((total, slot) => total + value(slot), 0)
  return {
    directory,
    batches: sum(({ unsettled }) => unsettled.records),
    logs: sum(({ unsettled }) => unsettled.counts),
    bytes: sum(({ bytes }) => bytes),
    lostBatches: sum(({ lost }) => lost.records),
    lostLogs: sum(({ lost }) => lost.counts),
    damagedSegments: sum(({ damagedSegments }) => damagedSegments),
    destinations: [...destinations.values()].sort((a, b) => b.logs - a.logs),
    slots,
  }
}

function addTo(all: Map<string, DestinationReport>, group: string, logs: number, bytes: number, timeMs: number): void {
  const { project = '?', logstore = '?' } = keyOf(group) ?? {}
  const name = `${project}/${logstore}`
  const time = new Date(timeMs).toISOString()
  const found = all.get(name) ?? { project, logstore, batches: 0, logs: 0, bytes: 0, oldest: time }
  all.set(name, found)
  found.batches++
  found.logs += logs
  found.bytes += bytes
  if (time < found.oldest) found.oldest = time
}

function textOf(report: SpoolReport): string {
  const { batches, logs, bytes, lostBatches, lostLogs, damagedSegments, destinations, slots } = report
  const lines = [
    `${countText(batches)} batches, ${countText(logs)} logs, ${bytesText(bytes)} on disk in ${countText(slots.length)} slots`,
  ]
  for (const each of destinations) {
    const { project, logstore, oldest } = each
    lines.push(
      `  ${project}/${logstore}: ${countText(each.batches)} batches, ${countText(each.logs)} logs, ${bytesText(each.bytes)}, oldest ${oldest}`,
    )
  }
  for (const { slot, owner, segments, quarantined, isNewer } of slots) {
    const release = isNewer ? ', of a newer release: not looked into' : ''
    const aside = quarantined === 0 ? release : `, ${countText(quarantined)} files in quarantine${release}`
    lines.push(
      `  slot ${slot}: ${owner === 'alive' ? 'in use' : owner === 'none' ? 'free' : 'owner unknown'}, ${countText(segments)} segments${aside}`,
    )
  }
  if (lostBatches > 0) lines.push(`damaged or missing: ${countText(lostBatches)} batches, ${countText(lostLogs)} logs`)
  if (damagedSegments > 0)
    lines.push(`files with damage: ${countText(damagedSegments)}; loghub spool repair puts them aside`)
  return `${lines.join('\n')}\n`
}
