import { DiskSpool, SpoolReader } from '../../spool/index.ts'
import { EXIT } from '../shared/exit-code.ts'
import { countText } from '../shared/quantity-text.ts'
import { StatusLine } from '../shared/status-line.ts'
import { requireSpool } from './require-spool.ts'

/**
 * The exit code is 0 if nothing was damaged. It is 1 if damage was found, also if all of it is now in quarantine, and if a slot was
 * skipped. A second run exits with 0 if the first one has repaired everything.
 */
export async function repairSpool(directory: string): Promise<number> {
  await requireSpool(directory)
  const skippedSlots = await slotsOfOthers(directory)
  const status = new StatusLine(process.stderr)
  status.start(() => 'reading every byte')
  const spool = await DiskSpool.open({ directory })
  await spool.repair().finally(() => status.stop())
  const { unsettled, lost, quarantined } = spool.stats()
  await spool.close()
  const result = {
    batches: unsettled.records,
    logs: unsettled.counts,
    lostBatches: lost.records,
    lostLogs: lost.counts,
    quarantined,
    skippedSlots,
  }
  process.stdout.write(process.stdout.isTTY ? textOf(result) : `${JSON.stringify(result)}\n`)
  return lost.records + quarantined + skippedSlots.length > 0 ? EXIT.failed : EXIT.ok
}

type RepairResult = Readonly<
  Record<'batches' | 'logs' | 'lostBatches' | 'lostLogs' | 'quarantined', number> & { skippedSlots: readonly number[] }
>

function textOf({ batches, logs, lostBatches, lostLogs, quarantined, skippedSlots }: RepairResult): string {
  const whole = `${countText(batches)} batches (${countText(logs)} logs) are intact`
  const lost = `${countText(lostBatches)} (${countText(lostLogs)} logs) are lost`
  const skipped = skippedSlots
    .map((slot) => `slot ${slot}: skipped, because it is in use or was written by a newer release\n`)
    .join('')
  return `${whole}; ${lost}; ${countText(quarantined)} files were moved to quarantine\n${skipped}`
}

/** Slots that are skipped: those in use, and those that a newer release wrote. */
async function slotsOfOthers(directory: string): Promise<number[]> {
  const reader = new SpoolReader({ directory })
  const found: number[] = []
  for (const slot of await reader.slots()) {
    if ((await reader.owner(slot)) !== 'none' || (await reader.isNewer(slot))) found.push(slot)
  }
  return found
}
