import type { LogView } from '../wire/log-view.ts'

/** A value, and how many logs have it. */
export type ValueCount = readonly [value: string, count: number]

/** A field of the found logs. */
export interface FieldCount {
  readonly name: string
  /** Number of logs that have it. */
  readonly logs: number
  /** Number of distinct values; a lower bound if `hasMore`. */
  readonly distinct: number
  readonly hasMore: boolean
  /** The most frequent ones first. */
  readonly top: readonly ValueCount[]
}

// More is of no use to a user, and hostile logs must not cost much.
const MOST_LOGS = 1000
const MOST_FIELDS = 64
const MOST_VALUES = 100
const SHOWN_VALUES = 8
const LONGEST_VALUE = 200

/** The fields of logs and their frequent values, counted in the first 1,000 logs that are added. */
export class FieldCounts {
  readonly #fields = new Map<string, { logs: number; hasMore: boolean; readonly values: Map<string, number> }>()
  #logs = 0

  /** Number of logs that were counted. */
  get logs(): number {
    return this.#logs
  }

  /** Whether further logs are ignored. */
  get isFull(): boolean {
    return this.#logs >= MOST_LOGS
  }

  add(log: LogView): void {
    if (this.isFull) return
    this.#logs++
    this.#count('__topic__', log.head.topic)
    this.#count('__source__', log.head.source)
    for (const [key, value] of log.head.tags) this.#count(`__tag__:${key}`, value)
    for (const [key, value] of log.contents) this.#count(key, value)
  }

  /** The fields, the most frequent first; fields of the group come after those of the log. */
  list(): FieldCount[] {
    const all = [...this.#fields].map(([name, { logs, hasMore, values }]) => {
      const top = [...values].sort(([, a], [, b]) => b - a).slice(0, SHOWN_VALUES)
      return { name, logs, distinct: values.size, hasMore, top }
    })
    return all.sort((a, b) => Number(isOfGroup(a.name)) - Number(isOfGroup(b.name)) || b.logs - a.logs)
  }

  #count(name: string, value: string): void {
    if (value === '') return
    let field = this.#fields.get(name)
    if (field === undefined) {
      if (this.#fields.size >= MOST_FIELDS || name.length > LONGEST_VALUE) return
      field = { logs: 0, hasMore: false, values: new Map() }
      this.#fields.set(name, field)
    }
    field.logs++
    const count = field.values.get(value)
    if (count !== undefined) field.values.set(value, count + 1)
    else if (field.values.size < MOST_VALUES && value.length <= LONGEST_VALUE) field.values.set(value, 1)
    else field.hasMore = true
  }
}

function isOfGroup(name: string): boolean {
  return name === '__topic__' || name === '__source__' || name.startsWith('__tag__:')
}
