import type { FleetSpec } from '../fleet-spec.ts'

/**
 * The shared state of a fleet: four tables in which each write names the revision that it replaces. Leases, ownership and takeover need
 * nothing else, so a coordinator can be a thin adapter of any store with compare-and-set.
 */
export interface Coordinator {
  /** Living members, by name. */
  readonly members: Table<MemberRecord>
  /** Inputs to run, by id. */
  readonly specs: Table<FleetSpec>
  /** The owner of each `one` input, by id of the input. The revision of the owner's record is its fencing token. */
  readonly owners: Table<OwnerRecord>
  /** Checkpoints of `one` inputs, by id. */
  readonly checkpoints: Table<CheckpointRecord>
  /** Ends all watches and frees the connection. */
  close(): Promise<void>
}

/**
 * Values by key, each with a revision that grows with every write, also over a removal. Every method rejects with
 * `ERR_LOGHUB_FLEET`, `retriable`, when the coordinator cannot be reached: then a write may have happened or not.
 */
export interface Table<T> {
  /** The newest value: never one that a completed write has replaced. Undefined if there is none. */
  get(key: string): Promise<Entry<T> | undefined>
  /**
   * Writes a value over this revision; 0 where there must be no such key. Resolves to the new revision, or to undefined when the
   * key has another one, and nothing has changed then.
   */
  put(key: string, value: T, over: number): Promise<number | undefined>
  /** Removes a key that has this revision; resolves to whether it had. */
  remove(key: string, over: number): Promise<boolean>
  /** Reports every existing key and then resolves. After that it reports each change, until the returned function is called. */
  watch(listener: (change: Change<T>) => void): Promise<() => void>
}

/** A value, and the revision under which it was written. */
export interface Entry<T> {
  /** The value as it was written. */
  readonly value: T
  /** Above 0; each write increases it. */
  readonly revision: number
}

/** A change of a table. Changes of one key come in order; intermediate ones may be skipped. */
export interface Change<T> {
  /** The key that has changed. */
  readonly key: string
  /** Undefined when the key was removed. */
  readonly value: T | undefined
  /** Revision of the write or of the removal. */
  readonly revision: number
}

/** What a member publishes about itself. Each renewal rewrites it; a member that does not renew it for `leaseMs` counts as dead. */
export interface MemberRecord {
  /** Id of this membership. What an earlier membership of the same agent owned does not belong to this one. */
  readonly session: string
  /** Labels that specs select members by. */
  readonly labels: Readonly<Record<string, string>>
  /** Share of the work compared to the other members: 1 for an ordinary machine. */
  readonly weight: number
  /** Load of its process, from 0 to 1. */
  readonly load: number
  /** The member hands over its inputs and takes none. Other programs may set it. */
  readonly isDraining: boolean
  /** Inputs that could not start on this member: the reason by id. */
  readonly refused: Readonly<Record<string, string>>
  /** How long the member counts as living after a renewal, in milliseconds. */
  readonly leaseMs: number
  /** Epoch milliseconds by its own clock; only shown. */
  readonly startedAt: number
  /** Epoch milliseconds by its own clock; only shown. */
  readonly renewedAt: number
}

/** The owner of an input. Valid as long as the member lives in this session. */
export interface OwnerRecord {
  /** Name of the owner. */
  readonly member: string
  /** Session of the owner when it took the input. */
  readonly session: string
  /** Epoch milliseconds by the clock of the owner; only shown. */
  readonly since: number
  /** Why the member has it; only shown: `placed`, `takeover from NAME`, or `resumed` after its own lease had ended. */
  readonly reason: string
}

/** The checkpoint of an input. */
export interface CheckpointRecord {
  /** Fencing token of the owner that wrote it. A new owner writes the record before it starts, so that no earlier owner can write any more. */
  readonly token: number
  /** Absent until the input has saved something. */
  readonly value?: unknown
}
