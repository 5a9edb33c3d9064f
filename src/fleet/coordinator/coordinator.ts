import type { FleetSpec } from '../fleet-spec.ts'

/**
 * What the agents of a fleet share: four tables in which each write names the revision that it replaces. Leases, ownership and
 * takeover are made of nothing else, so that a coordinator is a thin adapter of whatever can compare and set.
 */
export interface Coordinator {
  /** Agents that live, by name. */
  readonly members: Table<MemberRecord>
  /** Inputs to run, by id. */
  readonly specs: Table<FleetSpec>
  /** Who runs which `one` input, by id. The revision under which an owner wrote itself is its fencing token. */
  readonly owners: Table<OwnerRecord>
  /** How far `one` inputs are, by id. */
  readonly checkpoints: Table<CheckpointRecord>
  /** Ends all watches and frees the connection. */
  close(): Promise<void>
}

/**
 * Values by key, each with a revision that grows with every write, also over a removal. Every method rejects with
 * `ERR_LOGHUB_FLEET`, `retriable`, when the coordinator cannot be reached: then a write may have happened or not.
 */
export interface Table<T> {
  /** The newest value, never one that an ended write has replaced; undefined if there is none. */
  get(key: string): Promise<Entry<T> | undefined>
  /**
   * Writes a value over this revision; 0 where there must be no such key. Resolves to the new revision, or to undefined when the
   * key has another one, and nothing has changed then.
   */
  put(key: string, value: T, over: number): Promise<number | undefined>
  /** Removes a key that has this revision; resolves to whether it had. */
  remove(key: string, over: number): Promise<boolean>
  /** Tells of every key that is there, then resolves; from then on tells of each change, until the returned function is called. */
  watch(listener: (change: Change<T>) => void): Promise<() => void>
}

/** A value, and the revision under which it was written. */
export interface Entry<T> {
  /** As it was written. */
  readonly value: T
  /** Above 0; the write of another value makes it higher. */
  readonly revision: number
}

/** One change of a table. Those of one key come in their order; some in between may be left out. */
export interface Change<T> {
  /** What has changed. */
  readonly key: string
  /** Undefined when the key was removed. */
  readonly value: T | undefined
  /** Of the write, or of the removal. */
  readonly revision: number
}

/** An agent, as it tells the others of itself. Each renewal rewrites it; who does not renew it for `leaseMs` is dead. */
export interface MemberRecord {
  /** Of this life of the agent: what an earlier one owned is not its own. */
  readonly session: string
  /** What specs choose members by. */
  readonly labels: Readonly<Record<string, string>>
  /** How much it takes, compared to the others: 1 for an ordinary machine. */
  readonly weight: number
  /** How busy its process is, from 0 to 1. */
  readonly load: number
  /** It hands over what it runs and takes nothing. Anybody may set it. */
  readonly isDraining: boolean
  /** Inputs that could not start there, by id, with the reason. */
  readonly refused: Readonly<Record<string, string>>
  /** For how long it counts after each renewal. */
  readonly leaseMs: number
  /** By its own clock, for people. */
  readonly startedAt: number
  /** By its own clock, for people. */
  readonly renewedAt: number
}

/** Who runs an input. It counts as long as the member lives in this session. */
export interface OwnerRecord {
  /** Name of the owner. */
  readonly member: string
  /** Of the owner, when it took the input. */
  readonly session: string
  /** By the clock of the owner, for people. */
  readonly since: number
  /** How it came to this member, for people: `placed`, `takeover from NAME`, or `resumed` after its own lease was over. */
  readonly reason: string
}

/** How far an input is. */
export interface CheckpointRecord {
  /** The fencing token of the owner that wrote it. A new owner writes the record once before it starts: an earlier one is too late then. */
  readonly token: number
  /** Left out if there is none yet. */
  readonly value?: unknown
}
