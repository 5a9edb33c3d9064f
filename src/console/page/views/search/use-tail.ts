import { useEffect, useRef, useState } from 'preact/hooks'
import type { ShownLog } from '../../../../emulator/shown-log.ts'
import type { FeedEvent } from '../../feed/events.ts'
import type { FeedError } from '../../feed/http.ts'
import { useEvents } from '../../feed/use-feed.ts'

const KEPT = 200
const SHOW_EVERY_MS = 250
const RATE_OVER_MS = 5000

/** The logs of one event, in order of arrival. */
export interface LogsPart {
  readonly logs: readonly ShownLog[]
  /** Number of logs that arrived too fast to be shown. */
  readonly skipped: number
}

/** New logs, newest first. */
export interface TailState {
  readonly logs: readonly ShownLog[]
  /** Number of logs that have arrived, including those that were left out. */
  readonly total: number
  /** Logs that came too fast to be shown. */
  readonly skipped: number
  readonly perSecond: number
  readonly error: FeedError | undefined
}

const NOTHING: TailState = { logs: [], total: 0, skipped: 0, perSecond: 0, error: undefined }

/** Follows the feed of a path. While the list is held, its logs do not change and only the counts do. */
export function useTail(path: string, read: (event: FeedEvent) => LogsPart | undefined, isHeld: boolean): TailState {
  const kept = useRef(new KeptLogs())
  const [state, setState] = useState(NOTHING)
  // Another path starts another list.
  useEffect(() => {
    kept.current = new KeptLogs()
    setState(NOTHING)
  }, [path])
  useEvents(path, {
    onStart: () => setState((before) => ({ ...before, error: undefined })),
    onError: (error) => setState((before) => ({ ...before, error })),
    onEvent: (event) => {
      const part = read(event)
      if (part !== undefined) kept.current.add(part, performance.now())
    },
  })
  // Not with every event: faster changes cannot be read, and would delay typing.
  useEffect(() => {
    const timer = setInterval(() => {
      const { logs, total, skipped } = kept.current
      const perSecond = kept.current.perSecond(performance.now())
      setState((before) => ({ ...before, logs: isHeld ? before.logs : logs, total, skipped, perSecond }))
    }, SHOW_EVERY_MS)
    return () => clearInterval(timer)
  }, [isHeld])
  return state
}

/** Keeps the newest logs, and counts all of them. */
class KeptLogs {
  logs: readonly ShownLog[] = []
  total = 0
  skipped = 0
  readonly #arrivals: (readonly [atMs: number, logs: number])[] = []

  add({ logs, skipped }: LogsPart, nowMs: number): void {
    this.logs = [...[...logs].reverse(), ...this.logs].slice(0, KEPT)
    this.total += logs.length + skipped
    this.skipped += skipped
    this.#arrivals.push([nowMs, logs.length + skipped])
  }

  perSecond(nowMs: number): number {
    while (this.#arrivals[0] !== undefined && this.#arrivals[0][0] < nowMs - RATE_OVER_MS) this.#arrivals.shift()
    return this.#arrivals.reduce((sum, [, logs]) => sum + logs, 0) / (RATE_OVER_MS / 1000)
  }
}
