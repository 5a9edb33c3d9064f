import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'

/** The checkpoint of a group in a shard. */
export interface Checkpoint {
  readonly shard: number
  readonly checkpoint: string
  /** Epoch microseconds. */
  readonly updateTime: number
  readonly consumer: string
}

/** A consumer group as it is written to disk. */
export interface ConsumerGroupRecord {
  readonly name: string
  readonly timeoutSeconds: number
  readonly order: boolean
  readonly checkpoints: readonly Checkpoint[]
}

const MOST_CONSUMERS = 100
const LONGEST_TIMEOUT_SECONDS = 86_400
const LONGEST_CHECKPOINT = 1024
/** Names of groups and of their consumers. */
export const CONSUMER_NAME = /^[^\s/\\]{1,256}$/

/**
 * Consumers that share the shards of a logstore. A consumer is alive while its last heartbeat is not older than the timeout.
 * Each shard belongs to one living consumer.
 */
export class ConsumerGroup {
  readonly name: string
  timeoutSeconds: number
  order: boolean
  readonly #checkpoints = new Map<number, Checkpoint>()
  readonly #lastBeatMs = new Map<string, number>()
  /** The consumer that holds each shard. It holds a shard until its heartbeat no longer names it. */
  readonly #owners = new Map<number, string>()

  constructor(name: string, timeoutSeconds: number, order: boolean) {
    this.name = name
    this.timeoutSeconds = timeoutSeconds
    this.order = order
  }

  static restore(record: ConsumerGroupRecord): ConsumerGroup {
    const group = new ConsumerGroup(record.name, record.timeoutSeconds, record.order)
    for (const checkpoint of record.checkpoints) group.#checkpoints.set(checkpoint.shard, checkpoint)
    return group
  }

  get checkpoints(): readonly Checkpoint[] {
    return [...this.#checkpoints.values()].sort((a, b) => a.shard - b.shard)
  }

  /** The checkpoint of a shard. If none was saved, an empty one: the official consumers need it. */
  checkpointOf(shard: number): Checkpoint {
    return this.#checkpoints.get(shard) ?? { shard, checkpoint: '', updateTime: 0, consumer: '' }
  }

  /** The checkpoints of all shards that have a checkpoint or a consumer. */
  checkpointsShown(): Checkpoint[] {
    const shards = [...new Set([...this.#checkpoints.keys(), ...this.#owners.keys()])].sort((a, b) => a - b)
    return shards.map((shard) => this.checkpointOf(shard))
  }

  /**
   * Handles the heartbeat of a consumer that holds some shards. Returns the shards that it should hold from now on. A
   * consumer that must give up a shard learns it here; another consumer gets the shard only when this one no longer names
   * it.
   */
  heartbeat(consumer: string, held: readonly number[], shards: readonly number[], nowMs: number): number[] {
    this.#forgetDead(nowMs)
    if (!this.#lastBeatMs.has(consumer) && this.#lastBeatMs.size >= MOST_CONSUMERS) {
      throw refusal('ExceedQuota', `consumer group ${this.name} has ${MOST_CONSUMERS} consumers`)
    }
    this.#lastBeatMs.set(consumer, nowMs)
    this.#letGo(consumer, held, shards)
    this.#assign(shards)
    return shards.filter(
      (shard) => this.#wanted(shards).get(shard) === consumer && this.#owners.get(shard) === consumer,
    )
  }

  /** Saves a checkpoint. Without `force`, only the consumer that holds the shard may do so. */
  saveCheckpoint(shard: number, consumer: string, checkpoint: string, force: boolean, nowMs: number): void {
    if (checkpoint.length > LONGEST_CHECKPOINT) throw refusal('ParameterInvalid', 'the checkpoint is too long')
    this.#forgetDead(nowMs)
    if (!force && this.#owners.get(shard) !== consumer) {
      throw refusal('ConsumerNotMatch', `consumer ${consumer} does not hold shard ${shard}`)
    }
    this.#checkpoints.set(shard, { shard, checkpoint, consumer, updateTime: nowMs * 1000 })
  }

  toRecord(): ConsumerGroupRecord {
    const { name, timeoutSeconds, order, checkpoints } = this
    return { name, timeoutSeconds, order, checkpoints }
  }

  #forgetDead(nowMs: number): void {
    for (const [consumer, beatMs] of this.#lastBeatMs) {
      if (nowMs - beatMs <= this.timeoutSeconds * 1000) continue
      this.#lastBeatMs.delete(consumer)
      for (const [shard, owner] of this.#owners) if (owner === consumer) this.#owners.delete(shard)
    }
  }

  /** A consumer that must give up a shard keeps it until it has learned this and no longer names the shard. */
  #letGo(consumer: string, held: readonly number[], shards: readonly number[]): void {
    const wanted = this.#wanted(shards)
    for (const [shard, owner] of this.#owners) {
      if (owner !== consumer) continue
      if (!shards.includes(shard) || (wanted.get(shard) !== consumer && !held.includes(shard)))
        this.#owners.delete(shard)
    }
    for (const shard of held) if (shards.includes(shard) && !this.#owners.has(shard)) this.#owners.set(shard, consumer)
  }

  #assign(shards: readonly number[]): void {
    for (const [shard, consumer] of this.#wanted(shards))
      if (!this.#owners.has(shard)) this.#owners.set(shard, consumer)
  }

  /** Equal shares: a consumer keeps its shards up to its share, and the others get the rest. */
  #wanted(shards: readonly number[]): Map<number, string> {
    const consumers = [...this.#lastBeatMs.keys()].sort()
    const wanted = new Map<number, string>()
    if (consumers.length === 0) return wanted
    const counts = new Map(consumers.map((consumer) => [consumer, 0]))
    const least = Math.floor(shards.length / consumers.length)
    let larger = shards.length % consumers.length
    const give = (shard: number, consumer: string) => {
      wanted.set(shard, consumer)
      counts.set(consumer, (counts.get(consumer) ?? 0) + 1)
    }
    for (const shard of shards) {
      const owner = this.#owners.get(shard)
      const count = owner === undefined ? undefined : counts.get(owner)
      if (owner === undefined || count === undefined) continue
      if (count < least) give(shard, owner)
      else if (count === least && larger > 0) {
        larger--
        give(shard, owner)
      }
    }
    for (const shard of shards) {
      if (wanted.has(shard)) continue
      give(
        shard,
        consumers.reduce((a, b) => ((counts.get(b) as number) < (counts.get(a) as number) ? b : a)),
      )
    }
    return wanted
  }
}

/** Checks the timeout of a group, in seconds. */
export function checkTimeout(value: unknown): number {
  const seconds = wholeNumberOf(value)
  if (seconds !== undefined && seconds >= 1 && seconds <= LONGEST_TIMEOUT_SECONDS) return seconds
  throw refusal('ParameterInvalid', `timeout must be 1 to ${LONGEST_TIMEOUT_SECONDS} seconds`)
}
