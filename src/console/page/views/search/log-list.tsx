import type { ShownLog } from '../../../../emulator/shown-log.ts'
import { LogRow } from './log-row.tsx'

interface LogListProps {
  readonly logs: readonly ShownLog[]
  /** The id of the open log, if any. */
  readonly open: string | undefined
  readonly onOpen: (id: string | undefined) => void
  /** Adds a term to the search; undefined if there is no search. */
  readonly onNarrow: ((term: string, isExcluded?: boolean) => void) | undefined
}

/** A list of logs, of which one may be open. */
export function LogList({ logs, open, onOpen, onNarrow }: LogListProps) {
  return (
    <ul class="list logs">
      {logs.map((log) => (
        <LogRow
          key={log.id}
          log={log}
          isOpen={log.id === open}
          onToggle={(isOpen) => onOpen(isOpen ? log.id : undefined)}
          onNarrow={onNarrow}
        />
      ))}
    </ul>
  )
}
