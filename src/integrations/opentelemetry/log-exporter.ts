import type { ReadableLogRecord } from '@opentelemetry/sdk-logs'
import { addField, type Field, type Flatten } from '../common/fields.ts'
import { LogOutput, type OutputOptions } from '../common/log-output.ts'
import { fromHrTime } from '../common/record-time.ts'
import { flagsText } from '../common/trace-context.ts'

/** What `new LoghubLogExporter` takes. */
export interface LoghubLogExporterOptions extends OutputOptions {
  /** Attributes that are objects: one field for each leaf, or one field with JSON. Default: `'dots'`. */
  readonly flatten?: Flatten
}

/** The result of an export, as `@opentelemetry/core` has it: 0 is success, 1 failure. */
export interface ExportResult {
  /** 0 for success, 1 for failure. */
  readonly code: number
  /** Why it failed. */
  readonly error?: Error
}

const SUCCESS = 0
const FAILED = 1

/**
 * A `LogRecordExporter` of OpenTelemetry. Body, severity, attributes, trace and span ids, scope (`scope.name`) and
 * resource (`resource.service.name`) become fields; the time keeps its nanoseconds. An export is reported as a success
 * when all of its records are stored.
 *
 * @throws ProducerError from the constructor, for wrong options or an unknown project
 *
 * @example
 * ```ts
 * import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
 * import { LoghubLogExporter } from 'loghub-producer/opentelemetry'
 *
 * const processor = new SimpleLogRecordProcessor({ exporter: new LoghubLogExporter() }) // the producer makes the batches
 * const provider = new LoggerProvider({ processors: [processor] })
 * provider.getLogger('shop').emit({ severityText: 'INFO', body: 'served' })
 * await provider.shutdown()
 * ```
 */
export class LoghubLogExporter {
  readonly #output: LogOutput
  readonly #flatten: Flatten
  #isShutDown = false

  constructor(options: LoghubLogExporterOptions = {}) {
    this.#output = new LogOutput(options)
    this.#flatten = options.flatten ?? 'dots'
  }

  /** Sends records; calls back when the service has all of them or some were given up. */
  export(records: ReadableLogRecord[], resultCallback: (result: ExportResult) => void): void {
    if (this.#isShutDown) return resultCallback({ code: FAILED, error: new Error('The exporter has been shut down') })
    let waiting = records.length
    let failure: Error | undefined
    if (waiting === 0) return resultCallback({ code: SUCCESS })
    const done = (error: Error | null) => {
      failure ??= error ?? undefined
      if (--waiting === 0) resultCallback(failure === undefined ? { code: SUCCESS } : { code: FAILED, error: failure })
    }
    for (const record of records) {
      this.#output.write(this.#fieldsOf(record), record.body, fromHrTime(timeOf(record)), done)
    }
  }

  /** Resolves when everything exported so far has its verdict. */
  async forceFlush(): Promise<void> {
    await this.#output.flush()
  }

  /** Delivers what was exported, and ends. A producer that the caller gave stays open. */
  async shutdown(): Promise<void> {
    this.#isShutDown = true
    await this.#output.close()
  }

  #fieldsOf(record: ReadableLogRecord): Field[] {
    const { spanContext, instrumentationScope: scope, severityText, severityNumber, eventName } = record
    const fields: Field[] = []
    const add = (key: string, value: unknown) => addField(fields, key, value, this.#flatten)
    add('level', severityText?.toLowerCase() ?? severityName(severityNumber))
    add('severity_number', severityNumber)
    add('message', record.body)
    add('event_name', eventName)
    addAll(add, '', record.attributes)
    if (spanContext !== undefined) {
      add('trace_id', spanContext.traceId)
      add('span_id', spanContext.spanId)
      add('trace_flags', flagsText(spanContext.traceFlags))
    }
    add('scope.name', scope.name || undefined)
    add('scope.version', scope.version)
    addAll(add, 'resource.', record.resource.attributes)
    if (record.droppedAttributesCount > 0) add('dropped_attributes_count', record.droppedAttributesCount)
    return fields
  }
}

function addAll(add: (key: string, value: unknown) => void, prefix: string, attributes: object): void {
  for (const [key, value] of Object.entries(attributes)) add(prefix + key, value)
}

/** An appender may leave the time to the moment at which the record was seen. */
function timeOf({ hrTime, hrTimeObserved }: ReadableLogRecord): [number, number] {
  return hrTime[0] === 0 && hrTime[1] === 0 ? hrTimeObserved : hrTime
}

const SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

/** Four numbers for each name, from 1 on. */
function severityName(severityNumber: number | undefined): string | undefined {
  return severityNumber === undefined ? undefined : SEVERITIES[Math.floor((severityNumber - 1) / 4)]
}
