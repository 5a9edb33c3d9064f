import { Alarm } from '../../../core/alarm.ts'
import type { Clock } from '../../../core/clock.ts'

/** After this time without a message, none is on its way. */
const QUIET_MS = 250
/** Upper limit of the whole wait. */
const LAST_MESSAGES_MS = 2000

/**
 * Yields the messages of a request until the signal aborts and none is on its way any more. A request cannot be cancelled: messages that the
 * servers have sent, or are about to send, and that nobody takes, are delivered again only after `ackWaitMs`.
 */
export async function* untilQuiet<T>(
  messages: AsyncIterable<T> & { close(): unknown },
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const quiet = new Alarm(clock, () => void messages.close())
  let latestMs = 0
  const waitForQuiet = () => quiet.set(Math.min(clock.monotonicMs() + QUIET_MS, latestMs))
  const end = () => {
    latestMs = clock.monotonicMs() + LAST_MESSAGES_MS
    waitForQuiet()
  }
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    for await (const message of messages) {
      if (signal.aborted) waitForQuiet()
      yield message
    }
  } finally {
    signal.removeEventListener('abort', end)
    quiet.clear()
    void messages.close()
  }
}
