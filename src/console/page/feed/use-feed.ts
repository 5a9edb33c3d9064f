import { useEffect, useRef, useState } from 'preact/hooks'
import { eventsOf, type FeedEvent } from './events.ts'
import { FeedError, getJson } from './http.ts'

const RETRY_MS = 1000

/** What a feed has said last. */
export interface Polled<T> {
  /** Undefined until the first answer. After a failure the last one stays. */
  readonly value: T | undefined
  readonly error: FeedError | undefined
  /** Asks at once. */
  readonly refresh: () => void
}

/** Asks a feed again and again, so long after each answer; not while nobody sees the page. */
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

/** Runs a task now and so long after each end, until the returned function is called. */
export function repeat(
  everyMs: number,
  now: { current: () => void },
  task: (signal: AbortSignal) => Promise<void>,
): () => void {
  const end = new AbortController()
  let timer = 0
  let isRunning = false
  const run = async () => {
    if (isRunning || end.signal.aborted) return
    clearTimeout(timer)
    isRunning = true
    if (!document.hidden) await task(end.signal)
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

/** What a reader of events wants to know. */
export interface EventListener {
  readonly onEvent: (event: FeedEvent) => void
  /** Before the first event, and again after each loss. */
  readonly onStart?: () => void
  readonly onError?: (error: FeedError) => void
}

/** Reads the events of a feed for as long as there is a path, and connects again after a loss. */
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

/** Undefined where the reader itself has ended the call. */
export function feedErrorOf(thrown: unknown, signal?: AbortSignal): FeedError | undefined {
  if (signal?.aborted) return undefined
  return thrown instanceof FeedError ? thrown : new FeedError(0, 'lost', String(thrown))
}
