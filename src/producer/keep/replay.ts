import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { Spool, TakenRecord } from '../../spool/spool.ts'
import { BatchBody } from '../batch/batch-body.ts'
import type { GroupKey } from '../batch/group-key.ts'
import { type BatchOutcome, ProducerBatch } from '../batch/producer-batch.ts'
import { type MemoryAccount, Reservation } from '../batch/reservation.ts'
import type { SealedBatch } from '../batch/sealed-batch.ts'
import { type KeptBatch, keyOf } from './batch-codec.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'

export interface ReplayParts {
  readonly config: ResolvedSpoolConfig
  readonly clock: Clock
  readonly memory: MemoryAccount
  readonly keepsOrder: boolean
  readonly windowBytes: () => number
  readonly windowBatches: () => number
  readonly hasProject: (project: string) => boolean
  /** Pack ids for the parts of a batch that is split. */
  readonly nextPackId: (key: GroupKey) => string
  readonly spool: () => Spool | undefined
  readonly fetch: (id: number) => Promise<KeptBatch>
}

export interface ReplayListener {
  replayed(batch: ProducerBatch): void
  tooOld(id: number, group: string, logCount: number): void
}

/** A destination with batches from disk in flight. */
interface Destination {
  batches: number
  /** The last request failed: one batch at a time is sent until one is delivered. */
  isTroubled: boolean
}

/** After a pause, replay may send at once what the rate limit allows in this time. */
const RATE_BURST_MS = 500

/**
 * Reads batches back from disk. A limit of bytes in total and a limit of batches for each destination keep memory and lanes free for fresh
 * batches. A failing destination has one batch in flight, which shows when it works again.
 */
export class Replay {
  readonly #parts: ReplayParts
  readonly #listener: ReplayListener
  /** Batches from disk in memory, with their bytes. */
  readonly #underWay = new Map<ProducerBatch, number>()
  readonly #destinations = new Map<string, Destination>()
  readonly #alarm: Alarm
  /** Index of the next group. */
  #turn = 0
  readonly #keys = new Map<string, GroupKey>()
  #bytes = 0
  #rateDueMs = 0
  #isStopped = false
  #isPumping = false
  replayedBatches = 0

  constructor(parts: ReplayParts, listener: ReplayListener) {
    this.#parts = parts
    this.#listener = listener
    // In the background: batches on disk do not keep the process alive.
    this.#alarm = new Alarm(parts.clock, () => this.pump(), { isBackground: true })
  }

  /** Takes as many batches as the limits allow. Groups take turns, also over several calls. */
  pump(): void {
    const spool = this.#parts.spool()
    if (spool === undefined || this.#isPumping || this.#isStopped || !this.#hasWindow()) return
    this.#isPumping = true
    const groups = [...spool.groups()]
    if (this.#keys.size > 2 * groups.length + 100) this.#keys.clear()
    if (this.#turn >= groups.length) this.#turn = 0
    try {
      // Ends after a round in which no group had room and a record.
      for (let failures = 0; failures < groups.length && !this.#isStopped && this.#hasWindow(); ) {
        failures = this.#takeFrom(spool, groups[this.#turn] as string) ? 0 : failures + 1
        this.#turn = (this.#turn + 1) % groups.length
      }
    } finally {
      this.#isPumping = false
    }
  }

  /** A cache: with a thousand groups, parsing their keys is expensive. */
  #keyOf(group: string): GroupKey | undefined {
    const known = this.#keys.get(group) ?? keyOf(group)
    if (known !== undefined) this.#keys.set(group, known)
    return known
  }

  #hasWindow(): boolean {
    return this.#underWay.size === 0 || this.#bytes < this.#parts.windowBytes()
  }

  /** There are more records to take. */
  added(): void {
    queueMicrotask(() => this.pump())
  }

  /** Whether the group has batches on disk that are not being sent, so that newer ones must wait for them. */
  hasBacklog(group: string): boolean {
    const spool = this.#parts.spool()
    const taken = spool?.take(group)
    if (taken === undefined) return false
    spool?.release(taken.id)
    return true
  }

  /** A request to the destination of the batch failed. */
  troubled({ key }: ProducerBatch): void {
    this.#destination(key).isTroubled = true
  }

  isTroubled(key: GroupKey): boolean {
    return this.#destinations.get(destinationOf(key))?.isTroubled ?? false
  }

  completed(batch: ProducerBatch, outcome: BatchOutcome): void {
    const name = destinationOf(batch.key)
    const destination = this.#destinations.get(name)
    if (destination !== undefined && outcome === 'delivered') destination.isTroubled = false
    const taken = this.#underWay.get(batch)
    if (taken !== undefined && batch.hasEnded) {
      this.#underWay.delete(batch)
      this.#bytes -= taken
      if (destination !== undefined) destination.batches--
    }
    if (destination?.batches === 0 && !destination.isTroubled) this.#destinations.delete(name)
    if (taken !== undefined || outcome === 'delivered') this.pump()
  }

  stop(): void {
    this.#isStopped = true
    this.#alarm.clear()
  }

  #takeFrom(spool: Spool, group: string): boolean {
    const key = this.#keyOf(group)
    if (key === undefined || !this.#hasRoom(key) || !this.#parts.hasProject(key.project)) return false
    if (!this.#isInRate()) return false
    const taken = spool.take(group)
    if (taken === undefined) return false
    const ageMs = this.#parts.clock.now() - taken.timeSeconds * 1000
    if (ageMs > this.#parts.config.maxAgeMs) {
      this.#listener.tooOld(taken.id, group, taken.count)
      return true
    }
    this.#send(taken, key, ageMs)
    return true
  }

  #hasRoom(key: GroupKey): boolean {
    const destination = this.#destinations.get(destinationOf(key))
    const most = destination?.isTroubled ? 1 : this.#parts.windowBatches()
    return (destination?.batches ?? 0) < most
  }

  #isInRate(): boolean {
    const nowMs = this.#parts.clock.monotonicMs()
    if (this.#parts.config.replayRateLimit === undefined || this.#rateDueMs <= nowMs) return true
    this.#alarm.set(this.#rateDueMs)
    return false
  }

  #send(taken: TakenRecord, key: GroupKey, ageMs: number): void {
    const { clock, memory, config, fetch } = this.#parts
    const { id, count, bodyBytes } = taken
    const nowMs = clock.monotonicMs()
    if (config.replayRateLimit !== undefined) {
      const fromMs = Math.max(this.#rateDueMs, nowMs - RATE_BURST_MS)
      this.#rateDueMs = fromMs + (bodyBytes / config.replayRateLimit) * 1000
    }
    const body = BatchBody.elsewhere(new Reservation(memory, key.project), async () => {
      const { packId, payload } = await fetch(id)
      // The index of the spool does not have these.
      Object.assign(sealed, { packId, rawSizeInBytes: payload.rawSizeInBytes })
      return payload
    })
    const sealed: SealedBatch = {
      key,
      packId: '',
      logCount: count,
      rawSizeInBytes: 0,
      sealReason: 'recovered',
      openedAtMs: nowMs - ageMs,
      body,
    }
    const sendMemory = new Reservation(memory, key.project)
    const batch = new ProducerBatch(sealed, Number.POSITIVE_INFINITY, [], sendMemory, this.#parts.nextPackId)
    batch.kept = id
    this.#underWay.set(batch, bodyBytes)
    this.#destination(key).batches++
    this.#bytes += bodyBytes
    this.replayedBatches++
    this.#listener.replayed(batch)
  }

  #destination(key: GroupKey): Destination {
    const name = destinationOf(key)
    const destination = this.#destinations.get(name) ?? { batches: 0, isTroubled: false }
    this.#destinations.set(name, destination)
    return destination
  }
}

function destinationOf({ project, logstore }: GroupKey): string {
  return `${logstore}/${project}`
}
