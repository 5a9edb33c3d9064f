import { AbortWatch } from './abort-watch.ts'
import { Alarm } from './alarm.ts'
import type { Clock } from './clock.ts'
import { abortedError } from './errors.ts'

export interface Deadline {
  /** `Infinity` for none. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

const watch = new AbortWatch<() => void>((abort) => abort())

/**
 * Waits for `work`, but not past a deadline: then it throws what `late` makes, and `ERR_LOGHUB_ABORTED` when the signal
 * is first. The work itself goes on; its own failure is the caller's to handle.
 */
export async function withDeadline<T>(
  work: Promise<T>,
  clock: Clock,
  deadline: Deadline,
  late: () => Error,
): Promise<T> {
  const { timeoutMs, signal } = deadline
  if (signal?.aborted) throw abortedError('the wait', signal)
  let stop = () => {}
  const end = new Promise<never>((_, reject) => {
    const abort = () => reject(abortedError('the wait', signal))
    const alarm = new Alarm(clock, () => reject(late()))
    alarm.set(clock.monotonicMs() + timeoutMs)
    if (signal !== undefined) watch.add(signal, abort)
    stop = () => {
      alarm.clear()
      if (signal !== undefined) watch.delete(signal, abort)
    }
  })
  try {
    return await Promise.race([work, end])
  } finally {
    stop()
  }
}
