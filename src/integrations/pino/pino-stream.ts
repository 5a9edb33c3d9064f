import { Writable } from 'node:stream'
import type { ProducerLike } from '../../producer/producer-like.ts'
import { LogOutput, type OutputOptions } from '../common/log-output.ts'
import { addActiveTrace, type PinoConfig, type PinoRecordOptions, readPinoLine } from './pino-record.ts'

/** What `pinoStream` takes. */
export interface PinoStreamOptions extends PinoRecordOptions, Pick<OutputOptions, 'destination' | 'closeTimeoutMs'> {
  /** Adds `trace_id`, `span_id` and `trace_flags` of the active OpenTelemetry span. Default: true. */
  readonly traceContext?: boolean
  /** pino's own options where they are not its defaults: names of levels, `messageKey`. */
  readonly pino?: PinoConfig
}

/**
 * A destination for pino in the same process: `pino({}, pinoStream(producer))`. Writing never blocks and never throws; the
 * end of the stream waits until what was written is delivered or given up. The producer stays the application's to close.
 *
 * @throws ProducerError when the destination is wrong or its project unknown
 *
 * @example
 * ```ts
 * import { Producer } from 'loghub-producer'
 * import { pinoStream } from 'loghub-producer/pino'
 * import pino from 'pino'
 *
 * const producer = new Producer()
 * const logger = pino({}, pinoStream(producer, { destination: { topic: 'api' } }))
 * logger.info({ ms: 12 }, 'served')
 * await producer.close()
 * ```
 */
export function pinoStream(producer: ProducerLike, options: PinoStreamOptions = {}): Writable {
  const { traceContext = true, pino = {} } = options
  const output = new LogOutput({ ...options, producer })
  const write = (line: string) => {
    const record = readPinoLine(line, pino, options)
    if (traceContext) addActiveTrace(record)
    output.write(record.fields, record.message, record.time)
  }
  return new PinoStream(write, output)
}

class PinoStream extends Writable {
  readonly #writeLine: (line: string) => void
  readonly #output: LogOutput

  constructor(writeLine: (line: string) => void, output: LogOutput) {
    super({ decodeStrings: false, highWaterMark: 1 << 20 })
    this.#writeLine = writeLine
    this.#output = output
    // A logger may outlive its stream: a line that is written after the end is lost, and must not end the process.
    this.on('error', () => {})
  }

  /** The producer has encoded the log when this returns: nothing waits in the stream itself. */
  override _write(chunk: string | Buffer, _encoding: BufferEncoding, done: () => void): void {
    const text = typeof chunk === 'string' ? chunk : chunk.toString('utf8')
    for (const line of text.split('\n')) if (line !== '') this.#writeLine(line)
    done()
  }

  override _final(done: () => void): void {
    void this.#output.close().then(done)
  }
}
