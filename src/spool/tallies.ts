import type { GroupTally, Tally } from './spool.ts'

interface Group extends GroupTally {
  readonly name: string
  readonly share: string
}

const nothing = (): Tally => ({ records: 0, counts: 0 })

/** What a spool counts, over all its slots, and the names of its groups: a segment's index has numbers for them. */
export class Tallies {
  readonly unsettled = nothing()
  readonly settled = nothing()
  readonly recovered = nothing()
  readonly lost = nothing()
  /** Left to whoever took over a slot. */
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

  /** An unsettled record more; returns the number of its group. */
  add(name: string, count: number, bytes: number): number {
    const number = this.#numbers.get(name) ?? this.#newGroup(name)
    const group = this.#groups.get(number) as Group
    this.#change(group, 1, count, bytes)
    return number
  }

  /** One that is unsettled no more. A group without any is forgotten: groups that come once would pile up. */
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
