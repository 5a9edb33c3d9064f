import { isProducerError, ProducerError, toError } from '../core/errors.ts'
import { checkFormat } from './check-format.ts'
import { adviceFor } from './disk-advice.ts'
import { isGone } from './files.ts'
import { HeldSlots } from './held-slots.ts'
import { oldestForRoom } from './oldest-for-room.ts'
import { OpenFiles } from './open-files.ts'
import type { Placement } from './open-segment.ts'
import { type ResolvedSpoolOptions, type SpoolOptions, withDefaults } from './options.ts'
import { Quota, spoolFull } from './quota.ts'
import { RecordIds } from './record-ids.ts'
import { SETTLED, TAKEN, WAITING } from './record-index.ts'
import type { Segment } from './segment.ts'
import type { SlotContext } from './slot-context.ts'
import { SlotKeeper } from './slot-keeper.ts'
import type { Spool, SpoolRecord, SpoolStats, TakenRecord, Tally, Verdict } from './spool.ts'
import { Tallies } from './tallies.ts'
import { Unwritten } from './unwritten.ts'
import { Upkeep } from './upkeep.ts'

/** A {@link Spool} in files. docs/spool-format.md describes their content. */
export class DiskSpool implements Spool {
  readonly #options: ResolvedSpoolOptions
  readonly #tallies: Tallies
  readonly #ids = new RecordIds()
  readonly #openFiles: OpenFiles
  readonly #context: SlotContext
  readonly #keeper: SlotKeeper
  readonly #slots: HeldSlots
  readonly #quota: Quota
  readonly #upkeep: Upkeep
  readonly #unwritten: Unwritten
  #isClosed = false

  private constructor(options: ResolvedSpoolOptions) {
    this.#options = options
    const { files, sockets, boot, clock, directory } = options
    this.#tallies = new Tallies(options.shareOf)
    this.#openFiles = new OpenFiles(files)
    this.#context = {
      files,
      clock,
      tallies: this.#tallies,
      openFiles: this.#openFiles,
      durability: options.durability,
      segmentBytes: options.segmentBytes,
      syncIntervalMs: options.syncIntervalMs,
      onSegment: (segment) => this.#ids.add(segment),
      onNote: (note) => options.listener.onNote?.(note),
      onSegmentGone: (segment) => this.#ids.remove(segment),
      onMoved: (from, fromRow, to, toRow) =>
        this.#ids.move({ segment: from, row: fromRow }, { segment: to, row: toRow }),
      onDamaged: (segment, row) => this.#damagedAtRest({ segment, row }),
      onUnwritten: () => this.#unwritten.failed(),
      onRoom: () => this.#afterRetiring(),
    }
    this.#unwritten = new Unwritten(clock, () => Promise.all(this.#slots.stores.map((store) => store.writeAgain())))
    this.#keeper = new SlotKeeper({
      directory,
      tools: { files, sockets, boot },
      clock,
      onAdopted: (ownership) => this.#slots.adopt(ownership),
    })
    this.#slots = new HeldSlots(this.#context, this.#keeper, {
      opened: (recovered, lost) => this.#opened(recovered, lost),
      left: (left, why) => options.listener.onLeft?.(left, (id) => this.#ids.find(id) === undefined, why),
    })
    this.#quota = new Quota({
      ...options,
      tallies: this.#tallies,
      usedBytes: () => this.#slots.stores.reduce((sum, { bytes }) => sum + bytes, 0),
      // A segment whose records are all settled is removed now, and not only after the spool was empty for a second.
      onFull: () => void this.#slots.own.closeIfEmpty().catch(() => {}),
    })
    this.#upkeep = new Upkeep(clock, this.#slots, () => this.#tallies.unsettled.records === 0)
  }

  /** @throws {ProducerError} `ERR_LOGHUB_SPOOL_LOCKED`, `ERR_LOGHUB_SPOOL_CORRUPT` (of a newer version), or a system error. */
  static async open(options: SpoolOptions): Promise<DiskSpool> {
    const spool = new DiskSpool(withDefaults(options))
    await spool.#open()
    return spool
  }

  async append(record: SpoolRecord): Promise<number> {
    this.#checkOpen()
    try {
      const placement = await this.#quota.during(record, () => this.#slots.append(record))
      this.#tallies.appends++
      this.#upkeep.schedule()
      return this.#ids.idOf(placement)
    } catch (error) {
      if (isProducerError(error)) throw error
      const message = `the spool cannot write to ${this.#options.directory}: ${toError(error).message}; ${adviceFor(error)}`
      throw spoolFull(message, error)
    }
  }

  appendSync(record: SpoolRecord): number {
    this.#checkOpen()
    this.#quota.check(record)
    const placement = this.#slots.own.appendSync(record)
    this.#tallies.appends++
    return this.#ids.idOf(placement)
  }

  take(group: string): TakenRecord | undefined {
    const number = this.#tallies.groupNumber(group)
    if (number === undefined) return undefined
    for (const segment of this.#slots.segments()) {
      const row = segment.index.firstWaiting(number)
      if (row !== undefined) return this.#taken({ segment, row })
    }
    return undefined
  }

  takeForRoom(group: string, bytes: number): readonly TakenRecord[] {
    const share = this.#tallies.share(group)
    const isOwn = (number: number) => this.#tallies.shareOfGroup(number) === share
    const wanted = { segments: this.#slots.segments(), isOwn, bytes, isInShare: this.#quota.isShareFull(share, bytes) }
    return oldestForRoom(wanted).map((placement) => this.#taken(placement))
  }

  async read(id: number): Promise<SpoolRecord | undefined> {
    const found = this.#ids.find(id)
    if (found === undefined || found.segment.index.state(found.row) === SETTLED) return undefined
    const stored = await found.segment.read(found.row, this.#openFiles).catch((error) => {
      if (isGone(error)) return undefined
      throw error
    })
    if (stored !== undefined) {
      const { group, count, timeMs } = stored.header
      return { group, count, timeMs, body: stored.body }
    }
    // A rewrite may have moved the record while it was read.
    const now = this.#ids.find(id)
    if (now !== undefined && now.segment !== found.segment) return this.read(id)
    this.#loseDamaged(id, found)
    return undefined
  }

  release(id: number): void {
    const found = this.#ids.find(id)
    if (found?.segment.index.state(found.row) === TAKEN) found.segment.index.setState(found.row, WAITING)
  }

  settle(id: number, verdict: Verdict): void {
    const found = this.#ids.find(id)
    if (found === undefined || !found.segment.settle(found.row, verdict)) return
    this.#ids.forget(id)
    this.#tidy(found.segment)
    this.#upkeep.schedule()
  }

  groups(): Iterable<string> {
    return this.#tallies.groupNames
  }

  stats(): SpoolStats {
    const { unsettled, recovered, lost, settled, handedOver, appends, syncs, quarantined, shares } = this.#tallies
    let [bytes, indexBytes, oldest] = [0, 0, Number.POSITIVE_INFINITY]
    for (const { index, size } of this.#slots.segments()) {
      bytes += size
      indexBytes += index.byteLength
      const row = index.firstUnsettled()
      if (row !== undefined) oldest = Math.min(oldest, index.timeSeconds(row) * 1000)
    }
    const copy = (tally: Tally) => ({ ...tally })
    return {
      bytes,
      maxBytes: this.#options.maxBytes,
      indexBytes,
      oldestAtMs: oldest === Number.POSITIVE_INFINITY ? undefined : oldest,
      unsettled: copy(unsettled),
      recovered: copy(recovered),
      lost: copy(lost),
      settled: copy(settled),
      handedOver: copy(handedOver),
      appends,
      syncs,
      quarantined,
      shares: new Map([...shares].map(([share, tally]) => [share, { ...tally }])),
    }
  }

  /** Reads every record. Moves damaged segments to quarantine after it has copied their undamaged records. Nothing may be in progress. */
  async repair(): Promise<void> {
    for (const store of this.#slots.stores) await store.repair()
  }

  async flush(): Promise<void> {
    await Promise.all(this.#slots.stores.map((store) => store.flush()))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#upkeep.close()
    this.#unwritten.close()
    await this.#slots.close()
    await this.#openFiles.closeAll()
    await this.#keeper.close()
  }

  async #open(): Promise<void> {
    const { files, directory, slot } = this.#options
    await files.makeDirectory(directory)
    await checkFormat(files, directory)
    try {
      await this.#slots.open(slot)
      if (slot === undefined) await this.#keeper.adopt()
    } catch (error) {
      await this.#keeper.close()
      throw error
    }
    this.#upkeep.schedule()
  }

  #opened(recovered: Tally, lost: Tally): void {
    const { listener } = this.#options
    if (lost.records > 0) queueMicrotask(() => listener.onLost?.(lost, 'waiting'))
    if (recovered.records > 0) queueMicrotask(() => listener.onRecovered?.(recovered))
    this.#upkeep.schedule()
  }

  #taken({ segment, row }: Placement): TakenRecord {
    const { index } = segment
    index.setState(row, TAKEN)
    return {
      id: this.#ids.idOf({ segment, row }),
      group: this.#tallies.groupName(index.group(row)),
      count: index.count(row),
      bodyBytes: index.bodyBytes(row),
      timeSeconds: index.timeSeconds(row),
    }
  }

  #loseDamaged(id: number, { segment, row }: Placement): void {
    const count = segment.index.count(row)
    if (!segment.settle(row, 'damaged')) return
    this.#ids.forget(id)
    this.#tidy(segment)
    queueMicrotask(() => this.#options.listener.onLost?.({ records: 1, counts: count }, 'taken'))
  }

  /** For a record that is taken nothing is reported here: whoever took it gets `onLost` when it reads the record. */
  #damagedAtRest({ segment, row }: Placement): void {
    const isTaken = segment.index.state(row) === TAKEN
    const lost = { records: 1, counts: segment.index.count(row) }
    if (segment.settle(row, 'damaged') && !isTaken) {
      queueMicrotask(() => this.#options.listener.onLost?.(lost, 'waiting'))
    }
  }

  #checkOpen(): void {
    if (this.#isClosed) throw new ProducerError('ERR_LOGHUB_CLOSED', 'the spool is closed')
  }

  #tidy(segment: Segment): void {
    for (const store of this.#slots.stores) if (store.segments.includes(segment)) return store.tidyAfter(segment)
  }

  #afterRetiring(): void {
    this.#slots.releaseEmpty()
    this.#options.listener.onRoom?.()
  }
}
