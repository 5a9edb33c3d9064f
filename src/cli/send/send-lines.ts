import type { LineParser } from '../../agent/lines/line-parser.ts'
import type { Clock } from '../../core/clock.ts'
import { silentLogger } from '../../core/logger.ts'
import { Producer, type ProducerConfig } from '../../index.ts'
import type { Destination } from '../../producer/accept/send-request.ts'
import { UsageError } from '../shared/exit-code.ts'
import type { StatusLine } from '../shared/status-line.ts'
import { LineSender } from './line-sender.ts'
import type { LineSource } from './line-source.ts'
import { progressLine } from './progress-line.ts'
import { SendReport, type SendSummary, sumOf } from './send-report.ts'

export interface SendSettings {
  readonly producer: ProducerConfig
  readonly destination: Destination
  readonly parse: LineParser
  readonly skipBad: boolean
  /** After an interruption: time limit for the delivery of the lines that were read. */
  readonly flushTimeoutMs: number
}

export interface SendContext {
  readonly status: StatusLine
  /** Stops reading. Lines that were read are still delivered, within `flushTimeoutMs`. */
  readonly signal: AbortSignal
  readonly clock: Clock
}

/**
 * Sends all lines of all sources, one source after the other.
 * @throws ProducerError `ERR_LOGHUB_OPTION`, or UsageError for a wrong destination, before anything is read
 */
export async function sendLines(
  sources: readonly LineSource[],
  settings: SendSettings,
  context: SendContext,
): Promise<SendSummary> {
  const { status, clock } = context
  const report = new SendReport((message) => status.say(message), settings)
  const producer = newProducer(settings, report)
  const refused = refusedKeys(producer, report)
  const signal = AbortSignal.any([context.signal, refused])
  const startMs = clock.monotonicMs()
  const elapsedMs = () => clock.monotonicMs() - startMs
  const limitText = `${settings.flushTimeoutMs / 1000} s`
  const note = `loghub: interrupted; delivering what was read, ${limitText} at most. Ctrl-C again ends at once.`
  context.signal.addEventListener('abort', () => status.say(note), { once: true })
  status.start((columns) => progressLine(progressOf({ producer, report, sources, elapsedMs: elapsedMs() }), columns))
  const sender = new LineSender({ producer, destination: settings.destination, parse: settings.parse, report, signal })
  await readAll(sources, { sender, report, signal, status })
  await closeUnlessInterrupted(producer, () => (refused.aborted ? 0 : settings.flushTimeoutMs), signal)
  status.stop()
  return report.summary(producer.metrics(), elapsedMs())
}

interface Reading {
  readonly sender: LineSender
  readonly report: SendReport
  readonly signal: AbortSignal
  readonly status: StatusLine
}

/** Stops at the first input that cannot be read to its end. Then the report says at which line, as after an interruption. */
async function readAll(sources: readonly LineSource[], { sender, report, signal, status }: Reading): Promise<void> {
  for (const source of sources) {
    try {
      if (signal.aborted) report.next ??= { input: source.name, line: 1 }
      else await sender.send(source)
    } catch (error) {
      return status.say(`loghub: ${source.name}:${report.next?.line}: cannot be read: ${(error as Error).message}`)
    }
  }
}

function newProducer({ producer: config, destination }: SendSettings, report: SendReport): Producer {
  // The report prints failures with their lines, so the producer must not print them as well.
  const producer = new Producer({ ...config, logger: silentLogger })
  requireDestination(producer, destination)
  producer.on('retry', ({ reason, error }) => {
    if (reason !== 'credentials') report.retried(error)
  })
  return producer
}

/**
 * Aborts, once, when the service refuses the credentials before it has accepted anything: then neither reading on nor a retry
 * helps.
 */
function refusedKeys(producer: Producer, report: SendReport): AbortSignal {
  const controller = new AbortController()
  producer.on('retry', ({ reason, error }) => {
    if (reason !== 'credentials' || producer.metrics().logs.delivered > 0 || controller.signal.aborted) return
    report.refused(error)
    controller.abort()
  })
  return controller.signal
}

/** Checks the destination once, before anything is read, instead of reporting it for each line. */
function requireDestination(producer: Producer, destination: Destination): void {
  try {
    producer.writer(destination)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}

/** Delivers the rest. The time limit is that of deliveries, or the shorter one of an interruption, whenever it comes. */
async function closeUnlessInterrupted(producer: Producer, timeoutMs: () => number, signal: AbortSignal): Promise<void> {
  await producer.flush({ signal }).catch(() => {})
  await producer.close(signal.aborted ? { timeoutMs: timeoutMs() } : {})
}

interface Snapshot {
  readonly producer: Producer
  readonly report: SendReport
  readonly sources: readonly LineSource[]
  readonly elapsedMs: number
}

function progressOf({ producer, report, sources, elapsedMs }: Snapshot) {
  const { logs, requests } = producer.metrics()
  return {
    bytesRead: report.bytesRead,
    totalBytes: totalBytes(sources),
    delivered: logs.delivered,
    failed: logs.failed + report.badLines,
    underWay: logs.inMemory,
    retries: sumOf(requests.retriesByReason),
    elapsedMs,
  }
}

function totalBytes(sources: readonly LineSource[]): number | undefined {
  let total = 0
  for (const { sizeInBytes } of sources) {
    if (sizeInBytes === undefined) return undefined
    total += sizeInBytes
  }
  return total
}
