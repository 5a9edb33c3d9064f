import { asProducerError, type ErrorCode, ProducerError } from '../../core/errors.ts'
import { limits } from '../../sls/limits.ts'
import type { EncodedLogs, LogRuns } from '../batch/encoded-logs.ts'
import type { GroupKey } from '../batch/group-key.ts'
import { LineSend, type LinesSettled } from '../sends/line-send.ts'
import type { LineOrigins } from '../sends/origin.ts'
import type { PendingSend } from '../sends/pending-send.ts'

/** What an open batch takes before it is sealed. */
export interface BatchRoom {
  readonly bytes: number
  readonly logs: number
}

export interface RunIntakeParts {
  readonly totalBytes: number
  /** The lines are settled as soon as they are on disk. */
  readonly isDurable: boolean
  readonly origins: LineOrigins | undefined
  roomOf(key: GroupKey): BatchRoom
  /** Puts logs into their batch, where there is memory for them now; false where there is not. */
  tryAdmit(key: GroupKey, logs: EncodedLogs, send: PendingSend): boolean
  refused(send: PendingSend, logCount: number, error: ProducerError): void
}

/**
 * Takes lines into batches, a run of lines for each: as many as fit what the batch, the request and memory have room for. What
 * is refused is told, and counts as taken. Returns how many lines from the front were taken.
 */
export function takeRuns(key: GroupKey, logs: LogRuns, settled: LinesSettled, parts: RunIntakeParts): number {
  let next = 0
  while (next < logs.count) {
    const tooLarge = sizeProblem(logs.sizeOf(next), parts.totalBytes)
    if (tooLarge !== undefined) {
      parts.origins?.taken(undefined, next, 1)
      parts.refused(new LineSend(next, 1, settled), 1, tooLarge)
      next++
      continue
    }
    try {
      const taken = takeRun(key, logs, next, settled, parts)
      if (taken === 0) break
      next += taken
    } catch (thrown) {
      const rest = logs.count - next
      parts.origins?.taken(undefined, next, rest)
      parts.refused(new LineSend(next, rest, settled), rest, asProducerError(thrown))
      return logs.count
    }
  }
  return next
}

/** Returns how many lines of the run were taken. Where memory is short, half of them, and so on. */
function takeRun(key: GroupKey, logs: LogRuns, first: number, settled: LinesSettled, parts: RunIntakeParts): number {
  const room = parts.roomOf(key)
  const mostBytes = Math.min(limits.requestInBytes, parts.totalBytes)
  for (let most = Math.min(room.logs, logs.count - first); most > 0; most >>= 1) {
    let last = first
    let size = 0
    for (let next = logs.sizeOf(first); size + next <= mostBytes; next = logs.sizeOf(last)) {
      size += next
      last++
      if (size >= room.bytes || last - first >= most) break
    }
    logs.select(first, last, size)
    const taken = last - first
    const origin = parts.origins?.upTo(last)
    const send = new LineSend(first, taken, settled, { isDurable: parts.isDurable, origin })
    if (parts.tryAdmit(key, logs, send)) {
      parts.origins?.taken(origin, first, taken)
      return taken
    }
    most = taken
  }
  return 0
}

function sizeProblem(size: number, totalBytes: number): ProducerError | undefined {
  if (size > limits.requestInBytes) return tooLarge(`${size} bytes is over the limit of ${limits.requestInBytes}`)
  if (size > totalBytes) return tooLarge(`${size} bytes is more than totalSizeInBytes (${totalBytes})`)
  return undefined
}

function tooLarge(message: string): ProducerError {
  const code: ErrorCode = 'ERR_LOGHUB_LOG_TOO_LARGE'
  return new ProducerError(code, `a line of ${message}: shorten or split it`)
}
