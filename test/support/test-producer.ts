import { onTestFinished } from 'vitest'
import type { ProducerError } from '../../src/core/errors.ts'
import type { Logger } from '../../src/core/logger.ts'
import { silentLogger } from '../../src/core/logger.ts'
import type { ProducerConfig } from '../../src/producer/options.ts'
import { Producer } from '../../src/producer/producer.ts'
import type { SendResult } from '../../src/producer/sends/send-result.ts'
import { decodeLogGroup } from '../../src/sls/wire/decode-log-group.ts'
import type { Log } from '../../src/sls/wire/log.ts'
import { ManualClock } from './manual-clock.ts'
import { ScriptedSink, type SeenRequest, type SinkStep, sinkError } from './scripted-sink.ts'

/** A producer whose time and destination are in the hands of the test. It ends with the test, whatever is left in it. */
export function startProducer(config: ProducerConfig = {}, steps: SinkStep[] = []) {
  const clock = new ManualClock()
  const sink = new ScriptedSink(steps)
  const warnings: string[] = []
  const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) }
  const producer = new Producer({
    project: 'proj',
    logstore: 'logs',
    source: '10.0.0.1',
    compression: 'none',
    random: () => 0.5,
    ...{ clock, sink, logger },
    ...config,
  })
  onTestFinished(async () => {
    const closed = producer.close({ timeoutMs: 0 })
    // The test may have begun a close of its own that waits for these.
    sink.otherwise = sinkError('final')
    for (const { answer } of sink.seen) answer.reject(sinkError('final'))
    await closed
  })
  return { producer, clock, sink, warnings }
}

/** A log that can be told from others. */
export function log(n: number | string, extra: Record<string, string> = {}): Log {
  return { contents: { n: String(n), ...extra } }
}

/** A log of about this many encoded bytes. */
export function logOfSize(bytes: number, n: number | string = 0): Log {
  return { contents: { n: String(n), padding: 'x'.repeat(Math.max(0, bytes - 40)) } }
}

/** What each request carried, by the `n` of its logs. Only for uncompressed bodies. */
export function sentLogs(seen: readonly SeenRequest[]): string[][] {
  return seen.map(({ bytes }) => decodeLogGroup(bytes).logs.map(({ contents }) => contents[0]?.[1] ?? ''))
}

export interface Observed {
  state: 'pending' | 'resolved' | 'rejected'
  result?: SendResult
  error?: ProducerError
}

/** A promise whose state can be looked at. */
export function observe(promise: Promise<unknown>): Observed {
  const observed: Observed = { state: 'pending' }
  promise.then(
    (result) => Object.assign(observed, { state: 'resolved', result }),
    (error) => Object.assign(observed, { state: 'rejected', error }),
  )
  return observed
}
