import type { DecodedLogGroup } from '../../sls/wire/decode-log-group.ts'
import type { ReadLog } from './log-text.ts'

export interface LogSelection {
  /** Only logs of this topic. Default: all. */
  readonly topic?: string
  /** Leaves out a LogGroup whose pack id has been seen: a copy, stored again after its answer was lost. */
  readonly dedupe: boolean
}

// Copies are stored within the delivery deadline of each other: minutes, not days.
const PACK_IDS_REMEMBERED = 100_000

/** The logs of the pages that are asked for. */
export async function* selected(
  pages: AsyncIterable<readonly ReadLog[]>,
  { topic, dedupe }: LogSelection,
): AsyncGenerator<ReadLog[]> {
  const isCopy = copyDetector()
  for await (const page of pages) {
    const copies = new Set(dedupe ? groupsOf(page).filter(isCopy) : [])
    yield page.filter(({ group }) => !copies.has(group) && (topic === undefined || group.topic === topic))
  }
}

function groupsOf(page: readonly ReadLog[]): DecodedLogGroup[] {
  return [...new Set(page.map(({ group }) => group))]
}

/** Tells of each group whether its pack id has come before. Groups without one are never copies. */
function copyDetector(): (group: DecodedLogGroup) => boolean {
  const seen = new Set<string>()
  return ({ tags }) => {
    const packId = tags.find(([key]) => key === '__pack_id__')?.[1]
    if (packId === undefined) return false
    if (seen.has(packId)) return true
    seen.add(packId)
    if (seen.size > PACK_IDS_REMEMBERED) seen.delete(seen.values().next().value as string)
    return false
  }
}
