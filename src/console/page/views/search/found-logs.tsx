import { useEffect, useMemo, useState } from 'preact/hooks'
import { feedPath } from '../../feed/paths.ts'
import { Empty, Problem } from '../../parts/states.tsx'
import { countOf, countText, durationText } from '../../text/units.ts'
import { Fields } from './fields.tsx'
import { Histogram } from './histogram.tsx'
import { LogList } from './log-list.tsx'
import { type Range, timesOf } from './range.ts'
import { type SearchState, useSearch } from './use-search.ts'

interface FoundLogsProps {
  readonly project: string
  readonly logstore: string
  readonly query: string
  readonly range: Range
  /** A new number repeats the search. */
  readonly run: number
  readonly onNarrow: (term: string, isExcluded?: boolean) => void
  readonly onZoom: (from: number, to: number) => void
  readonly onSeen: (range: { readonly from: number; readonly to: number }) => void
  readonly onAllTime: () => void
}

const PAGE = 100
const MOST = 1000

/** The result of a search: the histogram, the fields, the newest logs. */
export function FoundLogs(props: FoundLogsProps) {
  const { project, logstore, query, range, run, onNarrow, onZoom, onSeen, onAllTime } = props
  const [count, setCount] = useState(PAGE)
  const [open, setOpen] = useState<string>()
  // `run` moves a range that ends now
  const path = useMemo(
    () => feedPath('search', { project, logstore, query, ...timesOf(range, Date.now()), count, parts: 90 }),
    [project, logstore, query, range, run, count],
  )
  const search = useSearch(path, run)
  const { findings, error } = search
  // Reported once per range
  useEffect(() => {
    if (findings !== undefined) onSeen(findings.range)
  }, [findings?.range.from, findings?.range.to])
  return (
    <>
      {error !== undefined && (
        <Problem>{error.isLost ? 'The connection was lost: search again.' : error.message}</Problem>
      )}
      <p class="note result" role="status">
        {statusText(search)}
      </p>
      {findings !== undefined && (
        <>
          <Histogram {...findings.range} counts={findings.counts} onZoom={onZoom} />
          <div class="found">
            <Fields fields={findings.fields} fieldLogs={findings.fieldLogs} onNarrow={onNarrow} />
            <section class="panel rows" aria-label="Logs, newest first">
              {findings.logs.length === 0 && !search.isRunning ? (
                <Empty>
                  No log of this time matches.{' '}
                  {range.kind !== 'all' && (
                    <button type="button" onClick={onAllTime}>
                      Look at all time
                    </button>
                  )}
                </Empty>
              ) : (
                <LogList logs={findings.logs} open={open} onOpen={setOpen} onNarrow={onNarrow} />
              )}
              {findings.matched > findings.logs.length && findings.logs.length >= count && count < MOST && (
                <button type="button" class="more" onClick={() => setCount(Math.min(MOST, count + PAGE))}>
                  Show {countText(Math.min(PAGE, findings.matched - findings.logs.length))} older
                </button>
              )}
            </section>
          </div>
        </>
      )}
    </>
  )
}

function statusText({ findings, isRunning, tookMs }: SearchState): string {
  if (findings === undefined) return 'Searching…'
  const { matched, scanned, state } = findings
  const of = `${countOf(matched, 'log')} found, ${countText(scanned)} looked at`
  if (isRunning) return `${of} so far…`
  const note = state === 'incomplete' ? '. There is more than one search may look at: choose a shorter time' : ''
  return `${of} in ${durationText(tookMs)}${note}`
}
