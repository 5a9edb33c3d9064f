import type { GroupTally, Tally } from './spool.ts'

interface Group extends GroupTally {
  readonly name: string
  readonly share: string
}

const nothing = (): Tally => ({ records: 0, counts: 0 })

/** The counters of a spool over all its slots, and the names of its groups, for which the index of a segment has numbers. */
export class Tallies {
  readonly unsettled = nothing()
  readonly settled = nothing()
  readonly recovered = nothing()
  readonly lost = nothing()
  /** Unsettled records in slots that were lost to another process. */
  readonly handedOver = nothing()
  readonly shares = new Map<string, GroupTally>()
  appends = 0
  syncs = 0
  quarantined = 0
  readonly #shareOf: (group: string) => string
  readonly #numbers = new Map<string, number>()
  readonly #groups = new Map<number, Group>()
  #nextNumber = 0

  constructor(shareOf: (group: string) => string) {
    this.#shareOf = shareOf
  }

  get groupNames(): IterableIterator<string> {
    return this.#numbers.keys()
  }

  share(group: string): string {
    return this.#shareOf(group)
  }

  shareOfGroup(number: number): string | undefined {
    return this.#groups.get(number)?.share
  }

  groupNumber(name: string): number | undefined {
    return this.#numbers.get(name)
  }

  groupName(number: number): string {
    return this.#groups.get(number)?.name ?? ''
  }

  /** Adds an unsettled record. Returns the number of its group. */
  add(name: string, count: number, bytes: number): number {
    const number = this.#numbers.get(name) ?? this.#newGroup(name)
    const group = this.#groups.get(number) as Group
    this.#change(group, 1, count, bytes)
    return number
  }

  /** Removes an unsettled record. A group without records is removed, so that groups that occur once do not accumulate. */
  remove(number: number, count: number, bytes: number): void {
    const group = this.#groups.get(number)
    if (group === undefined) return
    this.#change(group, -1, -count, -bytes)
    if (group.records > 0) return
    this.#groups.delete(number)
    this.#numbers.delete(group.name)
  }

  #newGroup(name: string): number {
    const number = this.#nextNumber++
    this.#numbers.set(name, number)
    this.#groups.set(number, { name, share: this.#shareOf(name), records: 0, counts: 0, bytes: 0 })
    return number
  }

  #change(group: Group, records: number, counts: number, bytes: number): void {
    const share = this.shares.get(group.share) ?? { records: 0, counts: 0, bytes: 0 }
    for (const tally of [group, share]) {
      tally.records += records
      tally.counts += counts
      tally.bytes += bytes
    }
    this.unsettled.records += records
    this.unsettled.counts += counts
    if (share.records > 0) this.shares.set(group.share, share)
    else this.shares.delete(group.share)
  }
}

export function addTo(tally: Tally, records: number, counts: number): void {
  tally.records += records
  tally.counts += counts
}
