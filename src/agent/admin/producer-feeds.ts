import { CONSOLE_API } from '../../console/about.ts'
import { jsonAnswer } from '../../server/answer.ts'
import type { HttpRoute } from '../../server/routed.ts'
import type { ProducerHistory } from './producer-history.ts'

/** The state of a producer, with the names of `ProducerInspection`. */
export type InspectProducer = () => Readonly<Record<string, unknown>>

/**
 * The feeds of one producer: `producer`, all of its inspection; `spool`, the part about the disk; `throughput`, the last 15
 * minutes by second, with `?after=SECOND` only later ones.
 */
export function producerFeeds(inspect: InspectProducer, history: ProducerHistory): HttpRoute[] {
  return [
    { method: 'GET', path: `${CONSOLE_API}producer`, handle: () => jsonAnswer(inspect()) },
    { method: 'GET', path: `${CONSOLE_API}spool`, handle: () => jsonAnswer(spoolOf(inspect())) },
    {
      method: 'GET',
      path: `${CONSOLE_API}throughput`,
      handle: ({ query }) => jsonAnswer(history.list(Number(query.get('after') ?? 0) || 0)),
    },
  ]
}

/** `spool` is null if the producer has none, or if it is not open yet. */
function spoolOf({ spool = null, logs }: ReturnType<InspectProducer>) {
  const { onDisk = 0, recovered = 0, damaged = 0 } = (logs ?? {}) as Record<string, number>
  return { spool, logs: { onDisk, recovered, damaged } }
}
