import assert from 'node:assert'

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

/** A group alone under its fields so far: no level for the fields to come. */
interface Entry<T> {
  readonly key: GroupKey
  readonly value: T
}
type Level<T> = Map<string | undefined, Level<T> | Entry<T>>

const FIELD_COUNT = 7

/**
 * A map by group key, one level of `Map` for each field in which its groups differ. No text key: joining the fields would
 * cost more per call than the look-ups, and two different keys could give the same text. A group has no level of its own:
 * with ten thousand small groups, levels would be half of what their batches hold. Empty levels are removed with their last entry.
 */
export class GroupMap<T> {
  readonly #root: Level<T> = new Map()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: GroupKey): T | undefined {
    let slot = this.#root.get(key.project)
    for (let depth = 1; slot instanceof Map; depth++) slot = slot.get(fieldAt(key, depth))
    return slot !== undefined && isSame(slot.key, key) ? slot.value : undefined
  }

  /** The key must not be there yet. */
  add(key: GroupKey, value: T): void {
    let level = this.#root
    for (let depth = 0; depth < FIELD_COUNT; depth++) {
      const field = fieldAt(key, depth)
      const slot = level.get(field)
      if (slot === undefined) {
        level.set(field, { key, value })
        this.#size++
        return
      }
      if (slot instanceof Map) {
        level = slot
        continue
      }
      const next: Level<T> = new Map([[fieldAt(slot.key, depth + 1), slot]])
      level.set(field, next)
      level = next
    }
    assert.fail('a group is added once; please report')
  }

  delete(key: GroupKey): void {
    if (deleteFrom(this.#root, key, 0)) this.#size--
  }
}

function deleteFrom<T>(level: Level<T>, key: GroupKey, depth: number): boolean {
  const field = fieldAt(key, depth)
  const slot = level.get(field)
  if (slot === undefined) return false
  if (!(slot instanceof Map)) return isSame(slot.key, key) && level.delete(field)
  const isDeleted = deleteFrom(slot, key, depth + 1)
  if (slot.size === 0) level.delete(field)
  return isDeleted
}

function fieldAt(key: GroupKey, depth: number): string | undefined {
  switch (depth) {
    case 0:
      return key.project
    case 1:
      return key.logstore
    case 2:
      return key.topic
    case 3:
      return key.source
    case 4:
      return key.shardHash
    case 5:
      return key.tags
    default:
      return key.context
  }
}

/** Without a loop: on the way of every log. */
function isSame(a: GroupKey, b: GroupKey): boolean {
  if (a === b) return true
  if (a.topic !== b.topic || a.shardHash !== b.shardHash || a.source !== b.source) return false
  return a.project === b.project && a.logstore === b.logstore && a.tags === b.tags && a.context === b.context
}
