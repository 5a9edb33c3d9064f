import type { ShownLog } from '../../../../emulator/shown-log.ts'
import type { FeedEvent } from '../../feed/events.ts'
import type { LogsPart } from '../search/use-tail.ts'

interface TappedLog {
  readonly time?: number
  readonly contents: ShownLog['fields']
  /** Number of logs that were left out before this one. */
  readonly skipped?: number
}

let count = 0

/** Converts an event of the tap to the form of other logs. A log without a time gets that of its batch later; here it has the present time. */
export function tappedLogs({ type, data }: FeedEvent): LogsPart | undefined {
  if (type !== 'log') return undefined
  const { time, contents, skipped = 0 } = data as TappedLog
  const seconds = time ?? Math.floor(Date.now() / 1000)
  const log = { id: `tap-${++count}`, time: seconds, nanoseconds: undefined, fields: contents, cutFields: 0 }
  return { logs: [log], skipped }
}
