import { decodeLogGroup, textOf } from '../wire/log-group.ts'
import type { StoredGroup } from './shard.ts'

/** A log as the emulator has stored it. Bytes that are not UTF-8 show as U+FFFD. */
export interface StoredLog {
  /** Epoch seconds. */
  readonly time: number
  /** The nanosecond part, 0 to 999,999,999; undefined where none was sent. */
  readonly nanoseconds: number | undefined
  readonly topic: string
  readonly source: string
  readonly tags: readonly (readonly [key: string, value: string])[]
  readonly contents: readonly (readonly [key: string, value: string])[]
  readonly shard: number
  readonly requestId: string
}

export function logsOf(group: StoredGroup, shard: number): StoredLog[] {
  const { requestId } = group
  return decodedLogs(group.bytes).map((log) => ({ ...log, shard, requestId }))
}

/** The logs of a LogGroup that is not stored anywhere yet. */
export function decodedLogs(bytes: Uint8Array): Omit<StoredLog, 'shard' | 'requestId'>[] {
  const { Logs, Topic = '', Source = '', LogTags } = decodeLogGroup(bytes)
  const tags = LogTags.map((tag) => [tag.Key, tag.Value] as const)
  return Logs.map((log) => ({
    time: log.Time,
    nanoseconds: Object.hasOwn(log, 'TimeNs') ? log.TimeNs : undefined,
    topic: Topic,
    source: Source,
    tags,
    contents: log.Contents.map(({ Key, Value }) => [Key, textOf(Value)] as const),
  }))
}

/** As GetLogs shows it: one flat object, of a repeated key the last value. */
export function flatLog(log: StoredLog): Record<string, string> {
  // Without a prototype: a key may be called __proto__.
  const flat: Record<string, string> = Object.create(null)
  flat.__time__ = String(log.time)
  flat.__source__ = log.source
  flat.__topic__ = log.topic
  if (log.nanoseconds !== undefined) flat.__time_ns_part__ = String(log.nanoseconds)
  for (const [key, value] of log.tags) flat[`__tag__:${key}`] = value
  for (const [key, value] of log.contents) flat[key] = value
  return flat
}
