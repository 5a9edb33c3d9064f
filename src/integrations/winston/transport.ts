import Transport from 'winston-transport'
import { addField, type Field, type Flatten } from '../common/fields.ts'
import { LogOutput, type OutputOptions } from '../common/log-output.ts'
import { recordTime } from '../common/record-time.ts'
import { addTraceFields } from '../common/trace-context.ts'

/** What `new LoghubTransport` takes. */
export interface LoghubTransportOptions extends Transport.TransportStreamOptions, OutputOptions {
  /** Nested objects: one field for each leaf (`req.method`), or one field with JSON. Default: `'dots'`. */
  readonly flatten?: Flatten
  /** Adds `trace_id`, `span_id` and `trace_flags` of the active OpenTelemetry span. Default: true. */
  readonly traceContext?: boolean
}

/** winston keeps the level under this symbol, apart from the one that a format may have coloured. */
const LEVEL = Symbol.for('level')

/**
 * A transport for winston 3. Logging calls back at once, whatever the service does; `finish` comes when everything that was
 * logged is delivered or given up.
 *
 * @throws ProducerError from the constructor, for wrong options or an unknown project
 *
 * @example
 * ```ts
 * import { LoghubTransport } from 'loghub-producer/winston'
 * import winston from 'winston'
 *
 * const logger = winston.createLogger({ transports: [new LoghubTransport({ destination: { topic: 'api' } })] })
 * logger.info('served', { ms: 12 })
 * ```
 */
export class LoghubTransport extends Transport {
  readonly #output: LogOutput
  readonly #flatten: Flatten
  readonly #traceContext: boolean

  constructor(options: LoghubTransportOptions = {}) {
    const { producer, config, destination, closeTimeoutMs, flatten = 'dots', traceContext = true, ...winston } = options
    super(winston)
    this.#output = new LogOutput({ producer, config, destination, closeTimeoutMs })
    this.#flatten = flatten
    this.#traceContext = traceContext
  }

  /** @internal Called by winston. */
  override log(info: Record<PropertyKey, unknown>, callback: () => void): void {
    const fields = this.#fieldsOf(info)
    if (this.#traceContext) addTraceFields(fields)
    this.#output.write(fields, info.message, recordTime(info.timestamp))
    this.emit('logged', info)
    callback()
  }

  /** @internal winston ends its transports with `logger.end()`. */
  override _final(callback: () => void): void {
    void this.#output.close().then(callback)
  }

  /** @internal winston calls this when the transport is removed from its logger. */
  override close(): void {
    void this.#output.close()
  }

  #fieldsOf(info: Record<PropertyKey, unknown>): Field[] {
    const fields: Field[] = [['level', String(info[LEVEL] ?? info.level)]]
    for (const key of Object.keys(info)) {
      const isTime = key === 'timestamp' && recordTime(info[key]) !== undefined
      if (key !== 'level' && !isTime) addField(fields, key, info[key], this.#flatten)
    }
    return fields
  }
}
