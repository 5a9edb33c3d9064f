/** What logs must share to travel in one request. Two keys are the same when all of their fields are. */
export interface GroupKey {
  readonly project: string
  readonly logstore: string
  readonly topic: string
  readonly source: string
  /** 32 hex digits, after adjustment, or whatever the user gave with adjustment off; undefined for any shard. */
  readonly shardHash: string | undefined
  /** Tags of the group's own, as JSON of an object whose names are in order: one text for one set of tags. */
  readonly tags?: string | undefined
  /** A sequence of pack ids of its own: the service shows the logs of one as neighbours. */
  readonly context?: string | undefined
}

type Level = Map<string | undefined, unknown>

/**
 * A map by group key, one level of `Map` for each field. No text key: joining five strings would cost more per call
 * than five look-ups, and two different tuples could give the same text. Empty levels are removed with their last entry.
 */
export class GroupMap<T> {
  readonly #root: Level = new Map()
  /** Groups with tags or a context, which few producers have: two levels more. */
  readonly #richRoot: Level = new Map()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: GroupKey): T | undefined {
    const isRich = key.tags !== undefined || key.context !== undefined
    let level = (isRich ? this.#richRoot : this.#root).get(key.project) as Level | undefined
    level = level?.get(key.logstore) as Level | undefined
    level = level?.get(key.topic) as Level | undefined
    level = level?.get(key.source) as Level | undefined
    if (!isRich) return level?.get(key.shardHash) as T | undefined
    level = level?.get(key.shardHash) as Level | undefined
    level = level?.get(key.tags) as Level | undefined
    return level?.get(key.context) as T | undefined
  }

  /** The key must not be there yet. */
  add(key: GroupKey, value: T): void {
    const { root, fields, last } = this.#pathOf(key)
    let level = root
    for (const field of fields) {
      let next = level.get(field) as Level | undefined
      if (next === undefined) {
        next = new Map()
        level.set(field, next)
      }
      level = next
    }
    level.set(last, value)
    this.#size++
  }

  delete(key: GroupKey): void {
    const { root, fields, last } = this.#pathOf(key)
    const levels: Level[] = [root]
    for (const field of fields) {
      const next = levels.at(-1)?.get(field) as Level | undefined
      if (next === undefined) return
      levels.push(next)
    }
    if (!levels.at(-1)?.delete(last)) return
    this.#size--
    for (let depth = fields.length; depth > 0 && levels[depth]?.size === 0; depth--) {
      levels[depth - 1]?.delete(fields[depth - 1])
    }
  }

  #pathOf({ project, logstore, topic, source, shardHash, tags, context }: GroupKey) {
    const fields: (string | undefined)[] = [project, logstore, topic, source]
    if (tags === undefined && context === undefined) return { root: this.#root, fields, last: shardHash }
    return { root: this.#richRoot, fields: [...fields, shardHash, tags], last: context }
  }
}
