import { useEffect, useRef, useState } from 'preact/hooks'
import type { TailedLogs } from '../../../../emulator/console-search.ts'
import type { ShownLog } from '../../../../emulator/shown-log.ts'
import type { FeedError } from '../../feed/http.ts'
import { useEvents } from '../../feed/use-feed.ts'

const KEPT = 300
const RATE_OVER_MS = 5000

/** Logs as they come, newest first. */
export interface TailState {
  readonly logs: readonly ShownLog[]
  /** Logs that have come, those that were left out included. */
  readonly total: number
  /** Logs that came too fast to be shown. */
  readonly skipped: number
  readonly perSecond: number
  readonly error: FeedError | undefined
}

/** Follows the feed of a path. While it is held the logs stay as they are, and only the counts go on. */
export function useTail(path: string | undefined, isHeld: boolean): TailState {
  const kept = useRef<readonly ShownLog[]>([])
  const arrivals = useRef<(readonly [atMs: number, logs: number])[]>([])
  const [state, setState] = useState<Omit<TailState, 'perSecond'>>(emptyState)
  // Another path is another list
  useEffect(() => {
    kept.current = []
    arrivals.current = []
    setState(emptyState())
  }, [path])
  useEvents(path, {
    onStart: () => setState((before) => ({ ...before, error: undefined })),
    onError: (error) => setState((before) => ({ ...before, error })),
    onEvent: ({ type, data }) => {
      if (type !== 'logs') return
      const { logs, skipped } = data as TailedLogs
      const count = logs.length + skipped
      kept.current = [...[...logs].reverse(), ...kept.current].slice(0, KEPT)
      arrivals.current.push([performance.now(), count])
      setState((before) => ({
        logs: isHeld ? before.logs : kept.current,
        total: before.total + count,
        skipped: before.skipped + skipped,
        error: undefined,
      }))
    },
  })
  return { ...state, perSecond: rateOf(arrivals.current) }
}

function emptyState(): Omit<TailState, 'perSecond'> {
  return { logs: [], total: 0, skipped: 0, error: undefined }
}

function rateOf(arrivals: (readonly [atMs: number, logs: number])[]): number {
  const oldest = performance.now() - RATE_OVER_MS
  while (arrivals[0] !== undefined && arrivals[0][0] < oldest) arrivals.shift()
  return arrivals.reduce((sum, [, logs]) => sum + logs, 0) / (RATE_OVER_MS / 1000)
}
