import { useEffect, useRef, useState } from 'preact/hooks'
import { getJson } from '../../feed/http.ts'
import { feedPath } from '../../feed/paths.ts'
import { feedErrorOf, repeat } from '../../feed/use-feed.ts'
import { type OfSecond, Seconds } from './seconds.ts'

/** The figures of the last 15 minutes, updated each second. Only new seconds are requested. */
export function useSeconds<Figures extends OfSecond>() {
  const kept = useRef(new Seconds<Figures>()).current
  const [nowSecond, setNowSecond] = useState(() => Math.floor(Date.now() / 1000))
  useEffect(
    () =>
      repeat(1000, { current: () => {} }, async (signal) => {
        const second = Math.floor(Date.now() / 1000)
        try {
          // The newest known second is requested again, because it may not have been complete.
          const after = Math.max(0, kept.newest - 1)
          kept.add(await getJson<Figures[]>(feedPath('throughput', { after }), signal), second)
        } catch (thrown) {
          // The header shows that the connection is lost. The plots continue without values.
          feedErrorOf(thrown, signal)
        }
        if (!signal.aborted) setNowSecond(second)
      }),
    [kept],
  )
  const axis = kept.axis(nowSecond)
  return { axis, valuesOf: (figure: keyof Figures) => kept.values(axis, figure) }
}
