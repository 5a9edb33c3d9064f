import { ProducerError } from '../core/errors.ts'
import type { Spool, SpoolRecord, SpoolStats, TakenRecord, Verdict } from './spool.ts'
import { addTo, Tallies } from './tallies.ts'

export interface MemorySpoolOptions {
  readonly maxBytes?: number
  readonly shareOf?: (group: string) => string
}

interface Kept {
  readonly id: number
  readonly group: number
  readonly record: SpoolRecord
  isTaken: boolean
}

/** A {@link Spool} in memory, for tests and for machines without a disk. The records are gone when the process ends. */
export class MemorySpool implements Spool {
  readonly #tallies: Tallies
  readonly #maxBytes: number
  readonly #kept = new Map<number, Kept>()
  #nextId = 1
  #bytes = 0
  #isClosed = false

  constructor({ maxBytes = Number.POSITIVE_INFINITY, shareOf = () => '' }: MemorySpoolOptions = {}) {
    this.#maxBytes = maxBytes
    this.#tallies = new Tallies(shareOf)
  }

  async append(record: SpoolRecord): Promise<number> {
    return this.appendSync(record)
  }

  appendSync(record: SpoolRecord): number {
    if (this.#isClosed) throw new ProducerError('ERR_LOGHUB_CLOSED', 'the spool is closed')
    const bytes = record.body.length
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new ProducerError('ERR_LOGHUB_SPOOL_FULL', 'the spool is full', { retriable: true })
    }
    const id = this.#nextId++
    const group = this.#tallies.add(record.group, record.count, bytes)
    this.#kept.set(id, { id, group, isTaken: true, record: { ...record, body: Buffer.from(record.body) } })
    this.#bytes += bytes
    this.#tallies.appends++
    return id
  }

  take(group: string): TakenRecord | undefined {
    for (const kept of this.#kept.values()) {
      if (!kept.isTaken && kept.record.group === group) return this.#taken(kept)
    }
    return undefined
  }

  takeForRoom(group: string, bytes: number): readonly TakenRecord[] {
    const share = this.#tallies.share(group)
    const chosen: Kept[] = []
    let missing = bytes
    for (const kept of this.#kept.values()) {
      if (missing <= 0) break
      if (kept.isTaken || this.#tallies.share(kept.record.group) !== share) continue
      chosen.push(kept)
      missing -= kept.record.body.length
    }
    return missing > 0 ? [] : chosen.map((kept) => this.#taken(kept))
  }

  async read(id: number): Promise<SpoolRecord | undefined> {
    return this.#kept.get(id)?.record
  }

  release(id: number): void {
    const kept = this.#kept.get(id)
    if (kept !== undefined) kept.isTaken = false
  }

  settle(id: number, _verdict: Verdict): void {
    const kept = this.#kept.get(id)
    if (kept === undefined) return
    this.#kept.delete(id)
    const { count, body } = kept.record
    this.#bytes -= body.length
    this.#tallies.remove(kept.group, count, body.length)
    addTo(this.#tallies.settled, 1, count)
  }

  groups(): Iterable<string> {
    return this.#tallies.groupNames
  }

  stats(): SpoolStats {
    const { unsettled, settled, appends, shares } = this.#tallies
    const times = [...this.#kept.values()].map(({ record }) => Math.floor(record.timeMs / 1000) * 1000)
    const none = { records: 0, counts: 0 }
    return {
      bytes: this.#bytes,
      maxBytes: this.#maxBytes,
      unsettled: { ...unsettled },
      settled: { ...settled },
      recovered: none,
      lost: none,
      handedOver: none,
      oldestAtMs: times.length === 0 ? undefined : times.reduce((a, b) => Math.min(a, b)),
      appends,
      syncs: 0,
      quarantined: 0,
      shares: new Map([...shares].map(([share, tally]) => [share, { ...tally }])),
      indexBytes: 0,
    }
  }

  #taken(kept: Kept): TakenRecord {
    kept.isTaken = true
    const { group, count, timeMs, body } = kept.record
    return { id: kept.id, group, count, bodyBytes: body.length, timeSeconds: Math.floor(timeMs / 1000) }
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {
    this.#isClosed = true
  }
}
