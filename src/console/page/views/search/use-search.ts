import { useEffect, useState } from 'preact/hooks'
import type { SearchFindings } from '../../../../emulator/console-search.ts'
import type { ShownLog } from '../../../../emulator/shown-log.ts'
import { eventsOf } from '../../feed/events.ts'
import type { FeedError } from '../../feed/http.ts'
import { feedErrorOf } from '../../feed/use-feed.ts'

/** The state of a search. */
export interface SearchState {
  /** The findings of the former search until this one has its own. */
  readonly findings: (SearchFindings & { readonly logs: readonly ShownLog[] }) | undefined
  readonly error: FeedError | undefined
  readonly isRunning: boolean
  /** Time from the start to the last event, in milliseconds. */
  readonly tookMs: number
}

const NOTHING: SearchState = { findings: undefined, error: undefined, isRunning: false, tookMs: 0 }

/** Runs the search of a path. Another path ends it, and another `run` repeats it. */
export function useSearch(path: string | undefined, run: number): SearchState {
  const [state, setState] = useState(NOTHING)
  // `run` repeats the search
  useEffect(() => {
    if (path === undefined) return
    const end = new AbortController()
    const startMs = performance.now()
    const read = async () => {
      for await (const { type, data } of eventsOf(path, end.signal)) {
        if (end.signal.aborted || type !== 'found') continue
        const found = data as SearchFindings
        const tookMs = performance.now() - startMs
        const isRunning = found.state === 'running'
        setState(({ findings: before }) => {
          const logs = found.logs ?? before?.logs ?? []
          return { findings: { ...found, logs }, error: undefined, isRunning, tookMs }
        })
      }
    }
    setState((before) => ({ ...before, isRunning: true }))
    read().catch((thrown) => {
      const error = feedErrorOf(thrown, end.signal)
      if (error !== undefined) setState((before) => ({ ...before, error, isRunning: false }))
    })
    return () => end.abort()
  }, [path, run])
  return state
}
