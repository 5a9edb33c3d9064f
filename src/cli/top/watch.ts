import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import { pause } from '../shared/pause.ts'
import { type Reading, read } from './reading.ts'
import type { Target } from './target.ts'
import type { Moment } from './view.ts'

export interface WatchOptions {
  readonly target: Target
  readonly intervalMs: number
  /** Ends after this number of readings. */
  readonly count?: number | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Reads the figures at each interval, for ever or `count` times. If the program does not answer, it is asked again at each
 * interval, because it may be restarting. Ends with the signal.
 */
export async function* watch({ target, intervalMs, count, clock, signal }: WatchOptions): AsyncGenerator<Moment> {
  const others = target.others.map(({ about, url }) => `${about.kind} at ${new URL(url).port}`)
  const { client } = target
  let before: Reading | undefined
  let now: Reading | undefined
  let answeredMs = clock.monotonicMs()
  for (let readings = 0; !signal.aborted; ) {
    const startMs = clock.monotonicMs()
    let silence: Moment['silence']
    try {
      const next = await read(client, signal, () => clock.monotonicMs(), now)
      before = now
      now = next
      answeredMs = clock.monotonicMs()
    } catch (thrown) {
      if (signal.aborted) return
      // The program ended before the first reading: there is nothing to show.
      if (now === undefined) throw thrown
      silence = { sinceMs: clock.monotonicMs() - answeredMs, why: withoutUrl(toError(thrown).message, client.url) }
    }
    yield { url: client.url, now, before, silence, others }
    if (silence === undefined && ++readings === count) return
    // A slow reading does not shift the following ones.
    const tookMs = clock.monotonicMs() - startMs
    await pause(Math.max(0, intervalMs - (tookMs % intervalMs)), clock, signal)
  }
}

/** Removes the address, which is already in the title. */
function withoutUrl(message: string, url: string): string {
  return message.replace(url, 'it')
}
