import { type LogView, logViews, type Pair } from '../wire/log-view.ts'
import type { StoredGroup } from './shard.ts'

/** A log as the emulator has stored it. Bytes that are not UTF-8 are shown as U+FFFD. */
export interface StoredLog {
  /** Epoch seconds. */
  readonly time: number
  /** The nanosecond part, 0 to 999,999,999; undefined if none was sent. */
  readonly nanoseconds: number | undefined
  /** The topic of its LogGroup; empty if none was sent. */
  readonly topic: string
  /** The source of its LogGroup; empty if none was sent. */
  readonly source: string
  /** The tags of its LogGroup. */
  readonly tags: readonly Pair[]
  /** Its fields, in order. */
  readonly contents: readonly Pair[]
  /** The shard that holds it. */
  readonly shard: number
  /** The id of the request that wrote it. */
  readonly requestId: string
}

/** A log that is not stored yet. */
export type NewLog = Omit<StoredLog, 'shard' | 'requestId'>

/** The logs of a stored group. */
export function* logsOf(group: StoredGroup, shard: number): Generator<StoredLog> {
  const { requestId } = group
  for (const log of decodedLogs(group.bytes)) yield { ...log, shard, requestId }
}

/** The logs of a LogGroup that is not stored yet. */
export function* decodedLogs(bytes: Uint8Array): Generator<NewLog> {
  for (const { time, nanoseconds, head, contents } of logViews(bytes)) yield { time, nanoseconds, ...head, contents }
}

/** A log as GetLogs shows it: a flat object; of a repeated key the last value. */
export function flatLog(log: LogView): Record<string, string> {
  // Without a prototype, because a key may be `__proto__`.
  const flat: Record<string, string> = Object.create(null)
  flat.__time__ = String(log.time)
  flat.__source__ = log.head.source
  flat.__topic__ = log.head.topic
  if (log.nanoseconds !== undefined) flat.__time_ns_part__ = String(log.nanoseconds)
  for (const [key, value] of log.head.tags) flat[`__tag__:${key}`] = value
  for (const [key, value] of log.contents) flat[key] = value
  return flat
}

/** Identifies a log for GetContextLogs: the arrival number of its group, and its index in the group. */
export function packMetaOf({ index }: LogView, arrival: number): string {
  return `${arrival}|${index}|0|0`
}
