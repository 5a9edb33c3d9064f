import { useEffect, useRef, useState } from 'preact/hooks'
import { eventsOf, type FeedEvent } from './events.ts'
import { FeedError, getJson } from './http.ts'

const RETRY_MS = 1000

/** The last answer of a feed. */
export interface Polled<T> {
  /** Undefined until the first answer. After a failure the last value stays. */
  readonly value: T | undefined
  readonly error: FeedError | undefined
  /** Reads the feed again at once. */
  readonly refresh: () => void
}

/** Reads a feed repeatedly, with this pause after each answer. Pauses while the page is hidden. */
export function usePolled<T>(path: string, everyMs: number): Polled<T> {
  const [state, setState] = useState<Omit<Polled<T>, 'refresh'>>({ value: undefined, error: undefined })
  const refresh = useRef(() => {})
  useEffect(
    () =>
      repeat(everyMs, refresh, async (signal) => {
        try {
          const value = await getJson<T>(path, signal)
          if (!signal.aborted) setState({ value, error: undefined })
        } catch (thrown) {
          const error = feedErrorOf(thrown, signal)
          if (error !== undefined) setState(({ value }) => ({ value, error }))
        }
      }),
    [path, everyMs],
  )
  return { ...state, refresh: () => refresh.current() }
}

/** Runs a task now and again after each pause, until the returned function is called. */
export function repeat(
  everyMs: number,
  now: { current: () => void },
  task: (signal: AbortSignal) => Promise<void>,
): () => void {
  const end = new AbortController()
  let timer = 0
  let isRunning = false
  let isWanted = false
  const run = async () => {
    // What is read now may be older than the change that asks for a refresh: then it is read once more.
    isWanted = true
    if (isRunning) return
    isRunning = true
    clearTimeout(timer)
    while (isWanted && !end.signal.aborted) {
      isWanted = false
      if (!document.hidden) await task(end.signal)
    }
    isRunning = false
    if (!end.signal.aborted) timer = window.setTimeout(run, everyMs)
  }
  const runNow = () => void run()
  now.current = runNow
  document.addEventListener('visibilitychange', runNow)
  runNow()
  return () => {
    end.abort()
    clearTimeout(timer)
    document.removeEventListener('visibilitychange', runNow)
  }
}

/** Callbacks of a reader of events. */
export interface EventListener {
  readonly onEvent: (event: FeedEvent) => void
  /** Called before the first event, and again after each loss of the connection. */
  readonly onStart?: () => void
  readonly onError?: (error: FeedError) => void
}

/** Reads the events of a feed while there is a path, and reconnects after a loss. */
export function useEvents(path: string | undefined, listener: EventListener): void {
  const current = useRef(listener)
  current.current = listener
  useEffect(() => {
    if (path === undefined) return
    const end = new AbortController()
    let timer = 0
    const read = async () => {
      try {
        current.current.onStart?.()
        for await (const event of eventsOf(path, end.signal)) current.current.onEvent(event)
      } catch (thrown) {
        const error = feedErrorOf(thrown, end.signal)
        if (error !== undefined) current.current.onError?.(error)
      }
      if (!end.signal.aborted) timer = window.setTimeout(read, RETRY_MS)
    }
    void read()
    return () => {
      end.abort()
      clearTimeout(timer)
    }
  }, [path])
}

/** The error as a {@link FeedError}; undefined if the reader itself has aborted the call. */
export function feedErrorOf(thrown: unknown, signal?: AbortSignal): FeedError | undefined {
  if (signal?.aborted) return undefined
  return thrown instanceof FeedError ? thrown : new FeedError(0, 'lost', String(thrown))
}
