import type { LoggerService, LogLevel } from '@nestjs/common'
import { addField, addFields, addSafely, type Field, type Flatten } from '../common/fields.ts'
import { LogOutput, type OutputOptions } from '../common/log-output.ts'
import { addTraceFields } from '../common/trace-context.ts'

/** What `new LoghubLogger` takes. */
export interface LoghubLoggerOptions extends OutputOptions {
  /** Nested objects: one field for each leaf (`req.method`), or one field with JSON. Default: `'dots'`. */
  readonly flatten?: Flatten
  /** Adds `trace_id`, `span_id` and `trace_flags` of the active OpenTelemetry span. Default: true. */
  readonly traceContext?: boolean
  /** Levels that are sent. Default: all. */
  readonly levels?: readonly LogLevel[]
}

/**
 * A `LoggerService` of NestJS: `app.useLogger(logger)`. What Nest passes behind the message becomes fields: its context,
 * stacks, errors, objects by their keys. Never blocks and never throws once it is made.
 *
 * @example
 * ```ts
 * import { LoghubLogger } from 'loghub-producer/nestjs'
 *
 * const logger = new LoghubLogger({ destination: { topic: 'api' }, levels: ['log', 'warn', 'error', 'fatal'] })
 * logger.log('paid', { orderId: 7 }, 'Orders')
 * await logger.flush()
 * ```
 */
export class LoghubLogger implements LoggerService {
  readonly #output: LogOutput
  readonly #flatten: Flatten
  readonly #traceContext: boolean
  #levels: ReadonlySet<string> | undefined

  /** @throws ProducerError for wrong options or an unknown project */
  constructor(options: LoghubLoggerOptions = {}) {
    this.#output = new LogOutput(options)
    this.#flatten = options.flatten ?? 'dots'
    this.#traceContext = options.traceContext ?? true
    if (options.levels !== undefined) this.setLogLevels([...options.levels])
  }

  log(message: unknown, ...rest: unknown[]): void {
    this.#write('log', 'info', message, rest)
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.#write('fatal', 'fatal', message, rest)
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.#write('error', 'error', message, rest)
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.#write('warn', 'warn', message, rest)
  }

  debug(message: unknown, ...rest: unknown[]): void {
    this.#write('debug', 'debug', message, rest)
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    this.#write('verbose', 'trace', message, rest)
  }

  setLogLevels(levels: LogLevel[]): void {
    this.#levels = new Set(levels)
  }

  /** Resolves when what was logged before has its outcome. */
  flush(): Promise<void> {
    return this.#output.flush()
  }

  /** Nest calls this at the end of the application, with `enableShutdownHooks` also on a signal. */
  onApplicationShutdown(): Promise<void> {
    return this.#output.close()
  }

  #write(nestLevel: LogLevel, level: string, message: unknown, rest: readonly unknown[]): void {
    if (this.#levels !== undefined && !this.#levels.has(nestLevel)) return
    const fields: Field[] = [['level', level]]
    addSafely(fields, 'message', () => addMessage(fields, message, this.#flatten))
    const { context, stack, others } = readRest(nestLevel, rest)
    addField(fields, 'context', context)
    addField(fields, 'stack', stack)
    for (const other of others) addSafely(fields, 'args', () => addOther(fields, other, this.#flatten))
    if (this.#traceContext) addTraceFields(fields)
    this.#output.write(fields, message, undefined)
  }
}

/** An object in place of the message gives its keys as fields, as `ConsoleLogger` prints them. */
function addMessage(fields: Field[], message: unknown, flatten: Flatten): void {
  if (message instanceof Error) {
    fields.push(['message', message.message])
    addField(fields, 'error', message, flatten)
  } else if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
    addFields(fields, '', message, flatten)
  } else addField(fields, 'message', message ?? String(message), flatten)
}

function addOther(fields: Field[], other: unknown, flatten: Flatten): void {
  if (other instanceof Error) addField(fields, 'error', other, flatten)
  else if (typeof other === 'object' && other !== null && !Array.isArray(other)) {
    addFields(fields, '', other, flatten)
  } else addField(fields, 'args', other, flatten)
}

interface Rest {
  readonly context: string | undefined
  readonly stack: string | undefined
  readonly others: readonly unknown[]
}

/** Nest puts its context last, and behind an error's message its stack: `error(message, stack, context)`. */
function readRest(level: LogLevel, rest: readonly unknown[]): Rest {
  const others = [...rest]
  const last = others.at(-1)
  const isStack = (value: unknown): value is string => typeof value === 'string' && /\n\s+at /.test(value)
  const context = typeof last === 'string' && !isStack(last) ? (others.pop() as string) : undefined
  if (others.at(-1) === undefined && others.length > 0) others.pop()
  const stackAt = level === 'error' || level === 'fatal' ? others.findIndex(isStack) : -1
  const stack = stackAt < 0 ? undefined : (others.splice(stackAt, 1)[0] as string)
  return { context, stack, others: others.filter((other) => other !== undefined) }
}
