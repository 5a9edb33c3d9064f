import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import { pause } from '../shared/pause.ts'
import { type Reading, read } from './reading.ts'
import type { Target } from './target.ts'
import type { Moment } from './view.ts'

export interface WatchOptions {
  readonly target: Target
  readonly intervalMs: number
  /** Ends after so many readings. */
  readonly count?: number | undefined
  readonly clock: Clock
  readonly signal: AbortSignal
}

/**
 * Reads at each interval, for ever or `count` times, and gives what there is to show. One that does not answer is tried
 * again at each interval: it may be restarting. Ends with the signal.
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
      // Met once, and gone before it was read: there is nothing to show yet.
      if (now === undefined) throw thrown
      silence = { sinceMs: clock.monotonicMs() - answeredMs, why: withoutUrl(toError(thrown).message, client.url) }
    }
    yield { url: client.url, now, before, silence, others }
    if (silence === undefined && ++readings === count) return
    // A reading that took long is not made up for: the next comes when it would have come.
    const tookMs = clock.monotonicMs() - startMs
    await pause(Math.max(0, intervalMs - (tookMs % intervalMs)), clock, signal)
  }
}

/** The address stands in the title already. */
function withoutUrl(message: string, url: string): string {
  return message.replace(url, 'it')
}
