import { BadLine } from '../../agent/lines/bad-line.ts'
import type { LineParser } from '../../agent/lines/line-parser.ts'
import { type Line, LineSplitter } from '../../agent/lines/line-splitter.ts'
import type { ProducerError } from '../../core/errors.ts'
import type { Destination } from '../../producer/accept/send-request.ts'
import type { Producer } from '../../producer/producer.ts'
import { limits } from '../../sls/limits.ts'
import type { Log } from '../../sls/wire/log.ts'
import { bytesText } from '../shared/quantity-text.ts'
import type { LineSource } from './line-source.ts'
import type { LinePlace, SendReport } from './send-report.ts'

export interface LineSenderParts {
  readonly producer: Producer
  readonly destination: Destination
  readonly parse: LineParser
  readonly report: SendReport
  /** Stops reading. */
  readonly signal: AbortSignal
}

/** Reads lines and passes them to the producer, as fast as it has room for them. */
export class LineSender {
  readonly #parts: LineSenderParts

  constructor(parts: LineSenderParts) {
    this.#parts = parts
  }

  /** Resolves when all lines are read and accepted, or the signal has stopped it. Then the report says at which line. */
  async send(source: LineSource): Promise<void> {
    const { report, signal } = this.#parts
    const splitter = new LineSplitter(limits.requestInBytes)
    const stream = source.open()
    const abort = () => stream.destroy()
    signal.addEventListener('abort', abort)
    // Set before the first line and advanced with each line, so that it is correct whenever the signal comes.
    report.next = { input: source.name, line: 1 }
    try {
      for await (const chunk of stream) {
        report.bytesRead += chunk.length
        await this.#sendAll(source, splitter.push(chunk))
        if (signal.aborted) return
      }
      await this.#sendAll(source, splitter.end())
      if (!signal.aborted) report.next = undefined
    } catch (error) {
      if (!signal.aborted) throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  async #sendAll(source: LineSource, lines: readonly Line[]): Promise<void> {
    for (const line of lines) {
      const place = { input: source.name, line: line.number }
      const log = this.#read(place, line)
      while (log !== undefined && !this.#offer(place, log)) {
        await this.#parts.producer.ready({ signal: this.#parts.signal })
      }
      this.#parts.report.next = { input: source.name, line: line.number + 1 }
    }
  }

  #read(place: LinePlace, line: Line): Log | undefined {
    const { parse, report } = this.#parts
    const isTooLong = line.sizeInBytes > limits.requestInBytes
    const read = isTooLong ? new BadLine(tooLong(line.sizeInBytes)) : parse(line.bytes)
    if (!(read instanceof BadLine)) return read
    report.badLine(place, read.reason)
    return undefined
  }

  #offer(place: LinePlace, logs: Log): boolean {
    const { producer, destination } = this.#parts
    const { topic, source, shardHash } = destination
    return producer.trySend({ topic, source, shardHash, logs }, (error) => {
      if (error !== null) this.#failed(place, error)
    })
  }

  /** A log that the producer refuses was never accepted: it counts as a bad line, like one that is not JSON. */
  #failed(place: LinePlace, error: ProducerError): void {
    const isBad = error.code === 'ERR_LOGHUB_INVALID_LOG' || error.code === 'ERR_LOGHUB_LOG_TOO_LARGE'
    if (isBad) this.#parts.report.badLine(place, error.message)
    else this.#parts.report.failedLine(place, error)
  }
}

function tooLong(sizeInBytes: number): string {
  return `a line of ${bytesText(sizeInBytes)}, and a log has at most ${bytesText(limits.requestInBytes)}`
}
