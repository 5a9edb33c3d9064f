import { useEffect, useRef, useState } from 'preact/hooks'
import type { RequestRecord } from '../../../../emulator/request-log.ts'
import { getJson } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, useEvents } from '../../feed/use-feed.ts'

const KEPT = 500
const SHOW_EVERY_MS = 250
const EVENTS = feedPath('requests/events')

/** The newest requests, newest first. While the list is held it does not change, and `waiting` counts new requests. */
export function useRequests(isHeld: boolean) {
  const all = useRef<RequestRecord[]>([])
  const [shown, setShown] = useState<readonly RequestRecord[]>([])
  const [isLoaded, setLoaded] = useState(false)
  const [, setTick] = useState(0)

  const add = (records: readonly RequestRecord[]) => {
    const newest = all.current[0]?.number ?? 0
    const added = records.filter(({ number }) => number > newest).reverse()
    all.current = [...added, ...all.current].slice(0, KEPT)
  }

  useEvents(EVENTS, {
    onStart: () => {
      // Requests from before the stream started, or while it was lost.
      getJson<RequestRecord[]>(feedPath('requests', { after: all.current[0]?.number ?? 0 }))
        .then((records) => {
          add(records)
          setLoaded(true)
        })
        .catch((thrown) => feedErrorOf(thrown))
    },
    onEvent: ({ type, data }) => {
      if (type === 'request') add([data as RequestRecord])
    },
  })
  useEffect(() => {
    const timer = setInterval(() => {
      if (isHeld) setTick((tick) => tick + 1)
      else setShown(all.current)
    }, SHOW_EVERY_MS)
    return () => clearInterval(timer)
  }, [isHeld])

  const newestShown = shown[0]?.number ?? 0
  const waiting = isHeld ? (all.current[0]?.number ?? 0) - newestShown : 0
  return { requests: shown, waiting, isLoaded }
}
