import type { FeedEvent } from '../../feed/events.ts'
import { feedPath } from '../../feed/paths.ts'
import { LiveList } from './live-list.tsx'
import type { LogsPart } from './use-tail.ts'

interface LiveLogsProps {
  readonly project: string
  readonly logstore: string
  readonly query: string
  readonly onNarrow: (term: string, isExcluded?: boolean) => void
}

/** New logs of a logstore that match the query. */
export function LiveLogs({ project, logstore, query, onNarrow }: LiveLogsProps) {
  const path = feedPath('tail', { project, logstore, query })
  return <LiveList path={path} read={tailedLogs} waiting="Waiting for the next log that matches." onNarrow={onNarrow} />
}

function tailedLogs({ type, data }: FeedEvent): LogsPart | undefined {
  return type === 'logs' ? (data as LogsPart) : undefined
}
