import { useEffect, useState } from 'preact/hooks'
import type { SearchFindings } from '../../../../emulator/console-search.ts'
import type { ShownLog } from '../../../../emulator/shown-log.ts'
import { eventsOf } from '../../feed/events.ts'
import type { FeedError } from '../../feed/http.ts'
import { feedErrorOf } from '../../feed/use-feed.ts'

/** What is known of a search so far. */
export interface SearchState {
  /** Of the search before this one until this one has found something. */
  readonly findings: (SearchFindings & { readonly logs: readonly ShownLog[] }) | undefined
  readonly error: FeedError | undefined
  readonly isRunning: boolean
  /** From the start to the last news, in milliseconds. */
  readonly tookMs: number
}

const NOTHING: SearchState = { findings: undefined, error: undefined, isRunning: false, tookMs: 0 }

/** Runs the search of a path; another path ends it. The same one runs again when `run` changes. */
export function useSearch(path: string | undefined, run: number): SearchState {
  const [state, setState] = useState(NOTHING)
  // `run` says: once more
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
