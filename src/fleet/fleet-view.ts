import { SafeEmitter } from '../core/safe-emitter.ts'
import type { Change, Coordinator, Entry, MemberRecord, OwnerRecord, Table } from './coordinator/coordinator.ts'
import type { FleetSpec } from './fleet-spec.ts'
import { hasLabels } from './placement/eligibility.ts'
import { place } from './placement/place.ts'

/** Events of a view. */
export interface FleetViewEvents {
  /** Something has changed that placement depends on. */
  readonly changed: undefined
  /** A member has renewed its record. */
  readonly renewed: { readonly name: string; readonly revision: number }
  /** A member has left or was removed. */
  readonly left: { readonly name: string }
}

/** A copy of the tables that follows their changes. It may be late, so every action on it uses compare-and-set. */
export class FleetView {
  /** By name. */
  readonly members: ReadonlyMap<string, Entry<MemberRecord>>
  /** By id of the input. */
  readonly specs: ReadonlyMap<string, Entry<FleetSpec>>
  /** By id of the input. The owner may be dead: see {@link FleetView.ownerOf}. */
  readonly owners: ReadonlyMap<string, Entry<OwnerRecord>>
  readonly #coordinator: Coordinator
  readonly #members = new KnownTable<MemberRecord>()
  readonly #specs = new KnownTable<FleetSpec>()
  readonly #owners = new KnownTable<OwnerRecord>()
  readonly #events = new SafeEmitter<FleetViewEvents>(() => {})
  readonly #stops: (() => void)[] = []
  readonly #everywhere = new Map<string, Entry<FleetSpec>>()
  /** Ids of inputs by the member that their records name, in any session. */
  readonly #ownedBy = new Map<string, Set<string>>()
  #plan: FleetPlan | undefined

  private constructor(coordinator: Coordinator) {
    this.#coordinator = coordinator
    this.members = this.#members.entries
    this.specs = this.#specs.entries
    this.owners = this.#owners.entries
  }

  /** Resolves when the whole content of the tables is known. */
  static async open(coordinator: Coordinator): Promise<FleetView> {
    const view = new FleetView(coordinator)
    await view.#open()
    return view
  }

  /** For tables that were created again, so that revisions start again: forgets everything and reads them anew. */
  async reopen(): Promise<void> {
    this.close()
    const names = [...this.members.keys()]
    for (const table of [this.#members, this.#specs, this.#owners]) table.clear()
    this.#everywhere.clear()
    this.#ownedBy.clear()
    for (const name of names) this.#events.emit('left', { name })
    this.#changed(true)
    await this.#open()
  }

  /** Adds a listener; the returned function removes it. */
  on<Name extends keyof FleetViewEvents>(event: Name, listener: (payload: FleetViewEvents[Name]) => void): () => void {
    this.#events.on(event, listener)
    return () => this.#events.off(event, listener)
  }

  /** Takes over a record that this agent has written or read itself, before the watch reports it. */
  adoptOwner(id: string, { value, revision }: Entry<OwnerRecord>): void {
    this.#ownerChanged({ key: id, value, revision })
  }

  /** Ids of inputs whose records name this member in this session. */
  ownedIn(member: string, session: string): string[] {
    const ids = this.#ownedBy.get(member) ?? []
    return [...ids].filter((id) => this.owners.get(id)?.value.session === session)
  }

  /** The owner of an input, if it still lives in the session in which it took it. */
  ownerOf(id: string): string | undefined {
    const owner = this.owners.get(id)?.value
    return owner !== undefined && this.#lives(owner) ? owner.member : undefined
  }

  /** The `all` inputs that a member with these labels should run. */
  everywhere(labels: Readonly<Record<string, string>>): Map<string, Entry<FleetSpec>> {
    return new Map([...this.#everywhere].filter(([, { value }]) => hasLabels(labels, value.on)))
  }

  /** Placement of the `one` inputs, computed from what is known now. */
  get plan(): FleetPlan {
    this.#plan ??= planOf(this)
    return this.#plan
  }

  /** Stops following the tables. */
  close(): void {
    for (const stop of this.#stops.splice(0)) stop()
  }

  async #open(): Promise<void> {
    const { members, specs, owners } = this.#coordinator
    await Promise.all([
      this.#follow(specs, (change) => this.#specChanged(change)),
      this.#follow(owners, (change) => this.#ownerChanged(change)),
      this.#follow(members, (change) => this.#memberChanged(change)),
    ])
  }

  async #follow<T>(table: Table<T>, listener: (change: Change<T>) => void): Promise<void> {
    this.#stops.push(await table.watch(listener))
  }

  #memberChanged(change: Change<MemberRecord>): void {
    const before = this.members.get(change.key)?.value
    if (!this.#members.apply(change)) return
    const { key: name, value, revision } = change
    if (value === undefined) this.#events.emit('left', { name })
    else this.#events.emit('renewed', { name, revision })
    this.#changed(!isSameForPlacement(before, value))
  }

  #specChanged(change: Change<FleetSpec>): void {
    if (!this.#specs.apply(change)) return
    const { key: id, value, revision } = change
    if (value?.placement === 'all') this.#everywhere.set(id, { value, revision })
    else this.#everywhere.delete(id)
    this.#changed(true)
  }

  #ownerChanged(change: Change<OwnerRecord>): void {
    const { key: id, value } = change
    const before = this.owners.get(id)?.value.member
    if (!this.#owners.apply(change)) return
    if (before !== undefined) this.#ownedBy.get(before)?.delete(id)
    if (value !== undefined) {
      const ids = this.#ownedBy.get(value.member) ?? new Set()
      this.#ownedBy.set(value.member, ids.add(id))
    }
    this.#changed(true)
  }

  #changed(has: boolean): void {
    if (!has) return
    this.#plan = undefined
    this.#events.emit('changed', undefined)
  }

  #lives({ member, session }: OwnerRecord): boolean {
    return this.members.get(member)?.value.session === session
  }
}

/** Placement of the `one` inputs. */
export interface FleetPlan {
  /** Member by id of the input. Inputs that no member may run are missing. */
  readonly memberOf: ReadonlyMap<string, string>
  /** Ids of inputs by member. */
  readonly inputsOf: ReadonlyMap<string, ReadonlySet<string>>
}

function planOf(view: FleetView): FleetPlan {
  const inputs = [...view.specs.values()].map(({ value }) => value).filter(({ placement }) => placement === 'one')
  const members = new Map([...view.members].map(([name, { value }]) => [name, value]))
  const owners = new Map<string, string>()
  for (const id of view.owners.keys()) {
    const owner = view.ownerOf(id)
    if (owner !== undefined) owners.set(id, owner)
  }
  const memberOf = place(
    inputs.map(({ input: { id }, on, cost }) => ({ id, on, cost })),
    members,
    owners,
  )
  const inputsOf = new Map<string, Set<string>>([...members.keys()].map((name) => [name, new Set()]))
  for (const [id, name] of memberOf) inputsOf.get(name)!.add(id)
  return { memberOf, inputsOf }
}

/** The newest known value of each key. */
class KnownTable<T> {
  readonly entries = new Map<string, Entry<T>>()
  /** Revisions of removals: a late change must not bring a removed key back. */
  readonly #removedAt = new Map<string, number>()

  clear(): void {
    this.entries.clear()
    this.#removedAt.clear()
  }

  /** Returns whether the change was new. */
  apply({ key, value, revision }: Change<T>): boolean {
    if (revision <= (this.entries.get(key)?.revision ?? this.#removedAt.get(key) ?? 0)) return false
    if (value !== undefined) {
      this.entries.set(key, { value, revision })
      this.#removedAt.delete(key)
      return true
    }
    this.#removedAt.set(key, revision)
    return this.entries.delete(key)
  }
}

function isSameForPlacement(a: MemberRecord | undefined, b: MemberRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  const relevant = ({ session, labels, weight, load, isDraining, refused }: MemberRecord) =>
    JSON.stringify([session, labels, weight, load, isDraining, refused])
  return relevant(a) === relevant(b)
}
