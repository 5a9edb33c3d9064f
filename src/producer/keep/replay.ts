import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import type { Spool, TakenRecord } from '../../spool/spool.ts'
import { BatchBody } from '../batch/batch-body.ts'
import type { GroupKey } from '../batch/group-key.ts'
import { type BatchOutcome, ProducerBatch } from '../batch/producer-batch.ts'
import { type MemoryAccount, Reservation } from '../batch/reservation.ts'
import type { SealedBatch } from '../batch/sealed-batch.ts'
import { type KeptBatch, keyOf, projectOf } from './batch-codec.ts'
import type { ResolvedSpoolConfig } from './spool-config.ts'

export interface ReplayParts {
  readonly config: ResolvedSpoolConfig
  readonly clock: Clock
  readonly memory: MemoryAccount
  readonly keepsOrder: boolean
  readonly windowBytes: () => number
  readonly windowBatches: () => number
  readonly hasProject: (project: string) => boolean
  /** For the parts of a batch that is split. */
  readonly nextPackId: (key: GroupKey) => string
  readonly spool: () => Spool | undefined
  readonly fetch: (id: number) => Promise<KeptBatch>
}

export interface ReplayListener {
  replayed(batch: ProducerBatch): void
  tooOld(id: number, group: string, logCount: number): void
}

/** A destination with batches from disk under way. */
interface Destination {
  batches: number
  /** Its last request failed: one batch at a time, until one is delivered. */
  isTroubled: boolean
}

/** A batch from disk under way. */
interface RecoveredBatch {
  readonly group: string
  readonly bytes: number
}

/** In a burst of half a second, replay is as fast as its limit allows. */
const RATE_BURST_MS = 500

/**
 * Brings batches back from disk: a window of bytes over all, and of batches to each destination, so that they neither fill
 * memory nor take the lanes from what is fresh. A destination in trouble has one batch under way, which tells when it is well.
 */
export class Replay {
  readonly #parts: ReplayParts
  readonly #listener: ReplayListener
  readonly #underWay = new Map<ProducerBatch, RecoveredBatch>()
  readonly #destinations = new Map<string, Destination>()
  readonly #groupsUnderWay = new Map<string, number>()
  readonly #alarm: Alarm
  #bytes = 0
  #rateDueMs = 0
  #isStopped = false
  #isPumping = false
  replayedBatches = 0

  constructor(parts: ReplayParts, listener: ReplayListener) {
    this.#parts = parts
    this.#listener = listener
    // In the background: what is on disk does not keep the process alive.
    this.#alarm = new Alarm(parts.clock, () => this.pump(), { isBackground: true })
  }

  /** Takes as many as fit into the windows, groups taking turns. */
  pump(): void {
    const spool = this.#parts.spool()
    if (spool === undefined || this.#isPumping) return
    this.#isPumping = true
    try {
      for (let found = true; found && !this.#isStopped; ) {
        found = false
        for (const group of [...spool.groups()]) found = this.#takeFrom(spool, group) || found
      }
    } finally {
      this.#isPumping = false
    }
  }

  /** There is more to take. */
  added(): void {
    queueMicrotask(() => this.pump())
  }

  /** Whether something of the group is on disk that nobody sends yet, so that what is newer has to follow it. */
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
      this.#bytes -= taken.bytes
      const left = (this.#groupsUnderWay.get(taken.group) ?? 1) - 1
      if (left === 0) this.#groupsUnderWay.delete(taken.group)
      else this.#groupsUnderWay.set(taken.group, left)
      if (destination !== undefined) destination.batches--
    }
    if (destination?.batches === 0 && !destination.isTroubled) this.#destinations.delete(name)
    if (taken !== undefined || outcome === 'delivered') this.pump()
  }

  /** The oldest of a project that nobody sends. */
  takeOldest(project: string): TakenRecord | undefined {
    const spool = this.#parts.spool()
    let oldest: TakenRecord | undefined
    for (const group of spool?.groups() ?? []) {
      if (projectOf(group) !== project) continue
      const taken = spool?.take(group)
      if (taken === undefined) continue
      const [kept, given] =
        oldest === undefined || taken.timeSeconds < oldest.timeSeconds ? [taken, oldest] : [oldest, taken]
      if (given !== undefined) spool?.release(given.id)
      oldest = kept
    }
    return oldest
  }

  stop(): void {
    this.#isStopped = true
    this.#alarm.clear()
  }

  #takeFrom(spool: Spool, group: string): boolean {
    const key = keyOf(group)
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
    if (destination !== undefined && destination.batches >= most) return false
    return this.#underWay.size === 0 || this.#bytes < this.#parts.windowBytes()
  }

  #isInRate(): boolean {
    const nowMs = this.#parts.clock.monotonicMs()
    if (this.#parts.config.replayRateLimit === undefined || this.#rateDueMs <= nowMs) return true
    this.#alarm.set(this.#rateDueMs)
    return false
  }

  #send(taken: TakenRecord, key: GroupKey, ageMs: number): void {
    const { clock, memory, config, fetch } = this.#parts
    const { id, group, count, bodyBytes } = taken
    const nowMs = clock.monotonicMs()
    if (config.replayRateLimit !== undefined) {
      const fromMs = Math.max(this.#rateDueMs, nowMs - RATE_BURST_MS)
      this.#rateDueMs = fromMs + (bodyBytes / config.replayRateLimit) * 1000
    }
    const body = BatchBody.elsewhere(new Reservation(memory, key.project), async () => {
      const { packId, payload } = await fetch(id)
      // Known only now: the index of the spool does not have them.
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
    const nextPackId = () => this.#parts.nextPackId(key)
    const sendMemory = new Reservation(memory, key.project)
    const batch = new ProducerBatch(sealed, Number.POSITIVE_INFINITY, [], sendMemory, nextPackId)
    batch.kept = id
    this.#underWay.set(batch, { group, bytes: bodyBytes })
    this.#groupsUnderWay.set(group, (this.#groupsUnderWay.get(group) ?? 0) + 1)
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
