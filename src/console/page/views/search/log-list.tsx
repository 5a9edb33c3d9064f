import type { ShownLog } from '../../../../emulator/shown-log.ts'
import { LogRow } from './log-row.tsx'

interface LogListProps {
  readonly logs: readonly ShownLog[]
  /** The id of the log that is open, if one is. */
  readonly open: string | undefined
  readonly onOpen: (id: string | undefined) => void
  /** Narrows a search down; undefined if there is none. */
  readonly onNarrow: ((term: string, isExcluded?: boolean) => void) | undefined
}

/** Logs, of which one may be open. */
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
