/** What logs must share to travel in one request. Two keys are the same when all five fields are. */
export interface GroupKey {
  readonly project: string
  readonly logstore: string
  readonly topic: string
  readonly source: string
  /** 32 hex digits, after adjustment, or whatever the user gave with adjustment off; undefined for any shard. */
  readonly shardHash: string | undefined
}

type Level = Map<string | undefined, unknown>

/**
 * A map by group key, one level of `Map` for each field. No text key: joining five strings would cost more per call
 * than five look-ups, and two different tuples could give the same text. Empty levels are removed with their last entry.
 */
export class GroupMap<T> {
  readonly #root: Level = new Map()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: GroupKey): T | undefined {
    let level: Level | undefined = this.#root.get(key.project) as Level | undefined
    level = level?.get(key.logstore) as Level | undefined
    level = level?.get(key.topic) as Level | undefined
    level = level?.get(key.source) as Level | undefined
    return level?.get(key.shardHash) as T | undefined
  }

  /** The key must not be there yet. */
  add(key: GroupKey, value: T): void {
    let level = this.#root
    for (const field of [key.project, key.logstore, key.topic, key.source]) {
      let next = level.get(field) as Level | undefined
      if (next === undefined) {
        next = new Map()
        level.set(field, next)
      }
      level = next
    }
    level.set(key.shardHash, value)
    this.#size++
  }

  delete(key: GroupKey): void {
    const fields = [key.project, key.logstore, key.topic, key.source]
    const levels: Level[] = [this.#root]
    for (const field of fields) {
      const next = levels.at(-1)?.get(field) as Level | undefined
      if (next === undefined) return
      levels.push(next)
    }
    if (!levels.at(-1)?.delete(key.shardHash)) return
    this.#size--
    for (let depth = fields.length; depth > 0 && levels[depth]?.size === 0; depth--) {
      levels[depth - 1]?.delete(fields[depth - 1])
    }
  }
}
