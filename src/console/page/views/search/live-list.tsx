import { useState } from 'preact/hooks'
import type { FeedEvent } from '../../feed/events.ts'
import { Empty, Problem } from '../../parts/states.tsx'
import { countOf, countText } from '../../text/units.ts'
import { LogList } from './log-list.tsx'
import { type LogsPart, type TailState, useTail } from './use-tail.ts'

interface LiveListProps {
  /** The path of the feed. */
  readonly path: string
  /** Returns the logs of an event; undefined for an event of another kind. */
  readonly read: (event: FeedEvent) => LogsPart | undefined
  /** Text that is shown until the first log arrives. */
  readonly waiting: string
  /** Adds a term to the search; undefined if there is no search. */
  readonly onNarrow?: (term: string, isExcluded?: boolean) => void
}

/** New logs, newest first. */
export function LiveList({ path, read, waiting, onNarrow }: LiveListProps) {
  const [open, setOpen] = useState<string>()
  const [isPaused, setPaused] = useState(false)
  // The list must not move while the user reads.
  const isHeld = isPaused || open !== undefined
  const tail = useTail(path, read, isHeld)
  const goOn = () => {
    setPaused(false)
    setOpen(undefined)
  }
  return (
    <>
      {tail.error !== undefined && !tail.error.isLost && <Problem>{tail.error.message}</Problem>}
      <div class="toolbar">
        <p class="note result grow" role="status">
          {statusText(tail, isHeld)}
        </p>
        <button type="button" aria-pressed={isHeld} onClick={isHeld ? goOn : () => setPaused(true)}>
          {isHeld ? 'Go on' : 'Pause'}
        </button>
      </div>
      <section class="panel rows" aria-label="Logs as they come, newest first">
        {tail.logs.length === 0 ? (
          <Empty>{waiting}</Empty>
        ) : (
          <LogList logs={tail.logs} open={open} onOpen={setOpen} onNarrow={onNarrow} />
        )}
      </section>
    </>
  )
}

function statusText({ total, skipped, perSecond }: TailState, isHeld: boolean): string {
  const parts = [
    isHeld ? 'Paused' : 'Live',
    `${countText(perSecond)} logs/s`,
    `${countOf(total, 'log')} since the start`,
    ...(skipped > 0 ? [`${countText(skipped)} left out, they came too fast to read`] : []),
  ]
  return parts.join(' · ')
}
