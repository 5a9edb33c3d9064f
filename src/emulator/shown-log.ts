import type { FoundLog } from './search/top-page.ts'
import type { Pair } from './wire/log-view.ts'

/** A log as the console shows it. */
export interface ShownLog {
  /** Identifies the log: stable and unique. */
  readonly id: string
  /** Epoch seconds. */
  readonly time: number
  /** The nanosecond part; undefined if none was sent. */
  readonly nanoseconds: number | undefined
  /** Its fields in order, then topic, source and tags under the names that searches use. Long values are cut. */
  readonly fields: readonly Pair[]
  /** Number of fields that were left out because the log is too long to be shown. */
  readonly cutFields: number
}

const LONGEST_VALUE = 4096
const LONGEST_LOG = 32 * 1024

/** The log as the console shows it: long ones are cut. */
export function shownLog({ log, arrival }: FoundLog): ShownLog {
  const { topic, source, tags } = log.head
  const ofGroup: Pair[] = [['__topic__', topic], ['__source__', source], ...tags.map(tagField)]
  const all = [...log.contents, ...ofGroup.filter(([, value]) => value !== '')]
  const fields: Pair[] = []
  let room = LONGEST_LOG
  for (const [key, value] of all) {
    const pair: Pair = [cut(key), cut(value)]
    room -= pair[0].length + pair[1].length
    if (room < 0) break
    fields.push(pair)
  }
  const { time, nanoseconds, index } = log
  return { id: `${arrival}.${index}`, time, nanoseconds, fields, cutFields: all.length - fields.length }
}

function tagField([key, value]: Pair): Pair {
  return [`__tag__:${key}`, value]
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE)}… (${text.length} characters)`
}
