import type { Logstore } from '../store/logstore.ts'
import type { LogView } from '../wire/log-view.ts'
import { scan } from './scan.ts'
import { type FoundLog, TopPage } from './top-page.ts'

/** Options of `contextLogs`. */
export interface ContextSearch {
  readonly logstore: Logstore
  /** `CONTEXT-0A`, with or without the number of a batch after it. The context is the part before the last `-`. */
  readonly packId: string
  readonly maxWork: number
  readonly signal?: AbortSignal
}

/** A log of a context, and its distance from the requested log: negative before it. */
export interface ContextLog extends FoundLog {
  readonly offset: number
}

/** The logs around a log, in order of arrival, including the log itself with offset 0. */
export async function contextLogs(
  { logstore, packId, maxWork, signal }: ContextSearch,
  place: { readonly arrival: number; readonly index: number },
  { backLines, forwardLines }: { readonly backLines: number; readonly forwardLines: number },
): Promise<{ readonly logs: readonly ContextLog[]; readonly isComplete: boolean }> {
  const context = contextOf(packId)
  const before = new TopPage(backLines, inArrivalOrder(-1))
  const after = new TopPage(forwardLines, inArrivalOrder(1))
  let self: FoundLog | undefined
  const visit = (log: LogView, arrival: number) => {
    if (contextOf(packIdOf(log)) !== context) return
    const side = arrival - place.arrival || log.index - place.index
    if (side === 0) self = { log, arrival }
    else (side < 0 ? before : after).add({ log, arrival })
  }
  const range = { from: 0, to: Number.POSITIVE_INFINITY }
  const isComplete = await scan(logstore, { range, maxWork, signal }, (log, { arrival }) => visit(log, arrival))
  const back = before.found().map((found, i) => ({ ...found, offset: -1 - i }))
  const forward = after.found().map((found, i) => ({ ...found, offset: i + 1 }))
  return { logs: [...back.reverse(), ...(self ? [{ ...self, offset: 0 }] : []), ...forward], isComplete }
}

function inArrivalOrder(direction: 1 | -1) {
  return (a: FoundLog, b: FoundLog) => direction * (a.arrival - b.arrival || a.log.index - b.log.index)
}

function packIdOf({ head }: LogView): string {
  return head.tags.find(([key]) => key === '__pack_id__')?.[1] ?? ''
}

/** Batches of one sender are numbered after the last `-`. The service appends `|N` for the group. */
function contextOf(packId: string): string {
  const id = packId.split('|')[0] as string
  const dash = id.lastIndexOf('-')
  return dash < 0 ? id : id.slice(0, dash)
}
