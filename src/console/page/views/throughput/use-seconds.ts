import { useEffect, useRef, useState } from 'preact/hooks'
import { getJson } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, repeat } from '../../feed/use-feed.ts'
import { type OfSecond, Seconds } from './seconds.ts'

/** The figures of the last 15 minutes, one second further each second. Only what is new is asked for. */
export function useSeconds<Figures extends OfSecond>() {
  const kept = useRef(new Seconds<Figures>()).current
  const [nowSecond, setNowSecond] = useState(() => Math.floor(Date.now() / 1000))
  useEffect(
    () =>
      repeat(1000, { current: () => {} }, async (signal) => {
        const second = Math.floor(Date.now() / 1000)
        try {
          // The newest one may have grown since.
          const after = Math.max(0, kept.newest - 1)
          kept.add(await getJson<Figures[]>(feedPath('throughput', { after }), signal), second)
        } catch (thrown) {
          // The header tells that the connection is lost; the plots go on, with nothing in them.
          feedErrorOf(thrown, signal)
        }
        if (!signal.aborted) setNowSecond(second)
      }),
    [kept],
  )
  const axis = kept.axis(nowSecond)
  return { axis, valuesOf: (figure: keyof Figures) => kept.values(axis, figure) }
}
