import { refusal } from '../http/service-error.ts'
import { ConsumerGroup, type ConsumerGroupRecord } from './consumer-group.ts'
import { contains, evenRanges, type HashRange, parseRange } from './hash-range.ts'
import type { LogstoreSettings } from './logstore-settings.ts'
import { Shard } from './shard.ts'

/** A logstore as it is written to disk. */
export interface LogstoreRecord {
  readonly settings: LogstoreSettings
  readonly createTime: number
  readonly lastModifyTime: number
  /** As text: parsed, a configuration could take far more memory than its length. */
  readonly index: string | undefined
  readonly consumerGroups?: readonly ConsumerGroupRecord[]
  readonly shards: readonly ShardRecord[]
}

interface ShardRecord {
  readonly shardID: number
  readonly status: 'readwrite' | 'readonly'
  readonly inclusiveBeginKey: string
  readonly exclusiveEndKey: string
  readonly createTime: number
  readonly nextSequence: number
}

// A limit is needed because closed shards stay.
const MOST_SHARDS = 256
const MOST_CONSUMER_GROUPS = 30
// Memory of a logstore, a shard and a consumer group, besides their texts.
const LOGSTORE_BYTES = 2048
const SHARD_BYTES = 512
const CONSUMER_GROUP_BYTES = 32 * 1024

/** A logstore: its settings, shards, consumer groups and index configuration. */
export class Logstore {
  readonly project: string
  readonly createTime: number
  settings: LogstoreSettings
  lastModifyTime: number
  /** The index configuration as text, or undefined. */
  index: string | undefined
  readonly consumerGroups = new Map<string, ConsumerGroup>()
  #shards: Shard[]
  #turn = 0

  constructor(project: string, settings: LogstoreSettings, nowMs: number) {
    this.project = project
    this.settings = settings
    this.createTime = Math.floor(nowMs / 1000)
    this.lastModifyTime = this.createTime
    this.#shards = evenRanges(settings.shardCount).map((range, id) => new Shard(id, range, this.createTime))
  }

  /** Restores a logstore from its record on disk. */
  static restore(project: string, record: LogstoreRecord): Logstore {
    const logstore = new Logstore(project, record.settings, record.createTime * 1000)
    logstore.lastModifyTime = record.lastModifyTime
    logstore.index = record.index
    for (const group of record.consumerGroups ?? [])
      logstore.consumerGroups.set(group.name, ConsumerGroup.restore(group))
    logstore.#shards = record.shards.map(restoredShard)
    return logstore
  }

  get name(): string {
    return this.settings.logstoreName
  }

  get shards(): readonly Shard[] {
    return this.#shards
  }

  /** Memory that it takes besides its logs. */
  get metadataBytes(): number {
    const texts = JSON.stringify(this.settings).length + (this.index?.length ?? 0)
    const counts = this.#shards.length * SHARD_BYTES + this.consumerGroups.size * CONSUMER_GROUP_BYTES
    return LOGSTORE_BYTES + 2 * texts + counts
  }

  /** The consumer group, which must exist. */
  consumerGroup(name: string): ConsumerGroup {
    const group = this.consumerGroups.get(name)
    if (group === undefined) throw refusal('ConsumerGroupNotExist', `consumer group ${name} does not exist`)
    return group
  }

  /** Throws if there is one with this name, or if there are too many. */
  addConsumerGroup(group: ConsumerGroup): void {
    if (this.consumerGroups.has(group.name)) {
      throw refusal('ConsumerGroupAlreadyExist', `consumer group ${group.name} already exists`)
    }
    if (this.consumerGroups.size >= MOST_CONSUMER_GROUPS) {
      throw refusal('ExceedQuota', `logstore ${this.name} has ${MOST_CONSUMER_GROUPS} consumer groups`)
    }
    this.consumerGroups.set(group.name, group)
  }

  /** The shard, which must exist. */
  shard(id: number): Shard {
    const shard = this.#shards[id]
    if (shard === undefined) throw refusal('ShardNotExist', `shard ${id} does not exist`)
    return shard
  }

  /** The open shard for a key. Without a key, the next one in turn. */
  shardFor(key: bigint | undefined): Shard {
    const open = this.#shards.filter((shard) => shard.status === 'readwrite')
    const shard = key === undefined ? open[this.#turn++ % open.length] : open.find(({ range }) => contains(range, key))
    if (shard === undefined) throw refusal('LogStoreWithoutShard', `logstore ${this.name} has no shard for this key`)
    return shard
  }

  /** Closes a shard and opens new ones in its place: two that meet at a key, or `count` of equal size. Returns all of them. */
  split(id: number, at: { readonly key: bigint } | { readonly count: number }, nowMs: number): Shard[] {
    const parent = this.#writableShard(id)
    const { begin, end } = parent.range
    if ('key' in at && (at.key <= begin || at.key >= end)) {
      throw refusal('ParameterInvalid', `the key must lie inside shard ${id}`)
    }
    const ranges =
      'key' in at
        ? [
            { begin, end: at.key },
            { begin: at.key, end },
          ]
        : evenRanges(at.count, parent.range)
    if (ranges.some((range) => range.begin === range.end)) {
      throw refusal('ParameterInvalid', `shard ${id} has too few keys for ${ranges.length} shards`)
    }
    this.#checkRoom(ranges.length)
    const opened = ranges.map((range) => this.#open(range, nowMs))
    parent.status = 'readonly'
    return [parent, ...opened]
  }

  /** Closes a shard and its right neighbour, and opens one in their place. Returns all three. */
  merge(id: number, nowMs: number): Shard[] {
    const left = this.#writableShard(id)
    const right = this.#shards.find(({ range, status }) => status === 'readwrite' && range.begin === left.range.end)
    if (right === undefined) throw refusal('ParameterInvalid', `shard ${id} has no right neighbour`)
    this.#checkRoom(1)
    const merged = this.#open({ begin: left.range.begin, end: right.range.end }, nowMs)
    left.status = 'readonly'
    right.status = 'readonly'
    return [merged, left, right]
  }

  /** As GetLogstore shows it. */
  toJSON(): object {
    return { ...this.settings, createTime: this.createTime, lastModifyTime: this.lastModifyTime }
  }

  /** As it is written to disk. */
  toRecord(): LogstoreRecord {
    const { settings, createTime, lastModifyTime, index } = this
    const shards = this.#shards.map((shard) => ({ ...shard.toJSON(), nextSequence: shard.nextSequence }) as ShardRecord)
    const consumerGroups = [...this.consumerGroups.values()].map((group) => group.toRecord())
    return { settings, createTime, lastModifyTime, index, consumerGroups, shards }
  }

  #checkRoom(count: number): void {
    if (this.#shards.length + count > MOST_SHARDS) {
      throw refusal('ExceedQuota', `logstore ${this.name} has ${this.#shards.length} shards, closed ones included`)
    }
  }

  #writableShard(id: number): Shard {
    const shard = this.shard(id)
    if (shard.status === 'readonly') throw refusal('ParameterInvalid', `shard ${id} is readonly`)
    return shard
  }

  #open(range: HashRange, nowMs: number): Shard {
    const shard = new Shard(this.#shards.length, range, Math.floor(nowMs / 1000))
    this.#shards.push(shard)
    return shard
  }
}

function restoredShard(record: ShardRecord): Shard {
  const range = parseRange(record.inclusiveBeginKey, record.exclusiveEndKey)
  const shard = new Shard(record.shardID, range, record.createTime)
  shard.status = record.status
  shard.startAt(record.nextSequence)
  return shard
}
