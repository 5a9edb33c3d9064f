import { stat } from 'node:fs/promises'
import { keyOf } from '../../producer/keep/batch-codec.ts'
import { DiskSpool, type SlotReport, SpoolReader } from '../../spool/index.ts'
import { EXIT, UsageError } from '../shared/exit-code.ts'
import { bytesText, countText } from '../shared/quantity-text.ts'

interface DestinationReport {
  readonly project: string
  readonly logstore: string
  batches: number
  logs: number
  bytes: number
  /** ISO 8601, of the oldest batch. */
  oldest: string
}

export interface SpoolReport {
  readonly directory: string
  readonly batches: number
  readonly logs: number
  readonly bytes: number
  readonly lostBatches: number
  readonly lostLogs: number
  readonly destinations: readonly DestinationReport[]
  readonly slots: readonly SlotReport[]
}

/** Exit code 1 where damage was found. */
export async function inspectSpool(directory: string, checksBodies: boolean): Promise<number> {
  const report = await reportOf(directory, checksBodies)
  process.stdout.write(process.stdout.isTTY ? textOf(report) : `${JSON.stringify(report)}\n`)
  return report.lostBatches > 0 ? EXIT.failed : EXIT.ok
}

/** What is in use is left to those who use it. */
export async function repairSpool(directory: string): Promise<number> {
  await requireDirectory(directory)
  const spool = await DiskSpool.open({ directory })
  await spool.repair()
  const { unsettled, lost, quarantined } = spool.stats()
  await spool.close()
  const result = {
    batches: unsettled.records,
    logs: unsettled.counts,
    lostBatches: lost.records,
    lostLogs: lost.counts,
    quarantined,
  }
  const text = `${countText(result.batches)} batches (${countText(result.logs)} logs) are whole; ${countText(result.lostBatches)} (${countText(result.lostLogs)} logs) are lost; ${countText(quarantined)} files went to quarantine\n`
  process.stdout.write(process.stdout.isTTY ? text : `${JSON.stringify(result)}\n`)
  return EXIT.ok
}

/** @throws UsageError: a misspelt path must not look like an empty spool */
export async function requireDirectory(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (!found?.isDirectory()) throw new UsageError(`${directory} is not a directory`)
}

async function reportOf(directory: string, checksBodies: boolean): Promise<SpoolReport> {
  await requireDirectory(directory)
  const reader = new SpoolReader({ directory })
  const destinations = new Map<string, DestinationReport>()
  const slots: SlotReport[] = []
  for (const slot of await reader.slots()) {
    const report = await reader.report(slot, {
      checksBodies,
      onRecord: ({ header }) => addTo(destinations, header.group, header.count, header.bodyBytes, header.timeMs),
    })
    slots.push(report)
  }
  const sum = (value: (slot: SlotReport) => number) => slots.reduce((total, slot) => total + value(slot), 0)
  return {
    directory,
    batches: sum(({ unsettled }) => unsettled.records),
    logs: sum(({ unsettled }) => unsettled.counts),
    bytes: sum(({ bytes }) => bytes),
    lostBatches: sum(({ lost }) => lost.records),
    lostLogs: sum(({ lost }) => lost.counts),
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

function textOf({ batches, logs, bytes, lostBatches, lostLogs, destinations, slots }: SpoolReport): string {
  const lines = [
    `${countText(batches)} batches, ${countText(logs)} logs, ${bytesText(bytes)} on disk in ${countText(slots.length)} slots`,
  ]
  for (const each of destinations) {
    const { project, logstore, oldest } = each
    lines.push(
      `  ${project}/${logstore}: ${countText(each.batches)} batches, ${countText(each.logs)} logs, ${bytesText(each.bytes)}, oldest ${oldest}`,
    )
  }
  for (const { slot, owner, segments, quarantined } of slots) {
    const aside = quarantined === 0 ? '' : `, ${countText(quarantined)} files in quarantine`
    lines.push(
      `  slot ${slot}: ${owner === 'alive' ? 'in use' : owner === 'none' ? 'free' : 'owner unknown'}, ${countText(segments)} segments${aside}`,
    )
  }
  if (lostBatches > 0) lines.push(`damaged or missing: ${countText(lostBatches)} batches, ${countText(lostLogs)} logs`)
  return `${lines.join('\n')}\n`
}
