import { toError } from '../../../core/errors.ts'
import type { Destination } from '../../../producer/accept/send-request.ts'
import { decodePayload } from '../../../sls/wire/decode-payload.ts'
import type { Log } from '../../../sls/wire/log.ts'
import { LogLines } from '../../lines/log-lines.ts'
import { logsOfBody } from '../logs-of-body.ts'
import type { JetstreamOptions } from './jetstream-options.ts'
import type { StreamMessage } from './message-source.ts'

export interface MessageReaderParts {
  readonly nowMs: () => number
  readonly count: (name: string) => void
}

/** The content of a message. */
export interface MessageLogs {
  readonly logs: readonly Log[]
  /** The destination in the message, without what the input sets; undefined if the message has none. */
  readonly destination?: Destination
}

const LOG_GROUP = 'application/x-protobuf'
/** Content types that are read as in the input `http`. */
const AS_HTTP = new Set(['application/json', 'application/x-ndjson', 'application/jsonl', 'application/json-lines'])
const COMPRESSIONS = ['lz4', 'zstd', 'deflate', 'none'] as const
const MAX_RAW_BYTES = 10 * 1024 * 1024
/** Not taken from a message: each batch gets a new one. */
const PACK_ID = '__pack_id__'

/**
 * Converts messages to logs. The header `Content-Type` says what a message contains: JSON, JSON lines, or a LogGroup as a sink of a
 * producer gets it. Without the header it is a log, or lines, for the parser.
 */
export class MessageReader {
  readonly #options: JetstreamOptions
  readonly #lines: LogLines

  constructor(options: JetstreamOptions, parts: MessageReaderParts) {
    this.#options = options
    this.#lines = new LogLines(options, parts)
  }

  /** Returns the logs, or what is wrong with the message; a promise only if it must be decompressed. */
  read(message: StreamMessage): MessageLogs | string | Promise<MessageLogs | string> {
    const contentType = message.headers?.get('Content-Type') ?? ''
    const kind = contentType.split(';')[0]!.trim().toLowerCase()
    if (kind === LOG_GROUP) return this.#logGroup(message)
    const body = Buffer.from(message.data.buffer, message.data.byteOffset, message.data.length)
    const logs = AS_HTTP.has(kind) || this.#options.lines ? logsOfBody(body, kind, this.#lines) : this.#oneLog(body)
    return typeof logs === 'string' ? logs : { logs: this.#withSubject(logs, message.subject) }
  }

  #oneLog(body: Buffer): Log[] {
    const text = body.toString()
    const log = text === '' ? undefined : this.#lines.read(text)
    return log === undefined ? [] : [log]
  }

  async #logGroup({ data, headers, subject }: StreamMessage): Promise<MessageLogs | string> {
    const name = headers?.get('x-log-compresstype') || 'none'
    const compression = COMPRESSIONS.find((known) => known === name)
    const rawSizeInBytes = Number(headers?.get('x-log-bodyrawsize') || data.length)
    if (compression === undefined) return `x-log-compresstype is none of ${COMPRESSIONS.join(', ')}`
    if (!(Number.isInteger(rawSizeInBytes) && rawSizeInBytes >= 0 && rawSizeInBytes <= MAX_RAW_BYTES))
      return `x-log-bodyrawsize must be a number of bytes, at most ${MAX_RAW_BYTES}`
    try {
      const { topic, source, tags, logs } = await decodePayload({ bytes: data, compression, rawSizeInBytes })
      const said = {
        logstore: headers?.get('x-log-logstore') || undefined,
        shardHash: headers?.get('x-log-hashkey') || undefined,
        topic: topic || undefined,
        source: source || undefined,
        tags: Object.fromEntries(tags.filter(([key]) => key !== PACK_ID)),
      }
      const timed = logs.map(({ time, nanoseconds, contents }) => ({ time: time * 1000, nanoseconds, contents }))
      return { logs: this.#withSubject(timed as Log[], subject), destination: this.#filledIn(said) }
    } catch (error) {
      return toError(error).message
    }
  }

  /** The configuration takes precedence over the message. */
  #filledIn(said: Destination): Destination {
    const { to = {} } = this.#options
    const given = Object.fromEntries(Object.entries(to).filter(([, value]) => value !== undefined)) as Destination
    return { ...said, ...given, tags: { ...said.tags, ...given.tags } }
  }

  #withSubject(logs: readonly Log[], subject: string): readonly Log[] {
    const { subjectField } = this.#options
    if (subjectField === undefined) return logs
    return logs.map((log) => ({
      ...log,
      contents: Array.isArray(log.contents)
        ? [...log.contents, [subjectField, subject]]
        : { ...log.contents, [subjectField]: subject },
    }))
  }
}
