import { isDiskFull, isGone, type SpoolFiles } from './files.ts'
import type { Ledger } from './ledger.ts'
import type { Numbers } from './open-segment.ts'
import { SETTLED } from './record-index.ts'
import { moveToQuarantine } from './recover-slot.ts'
import { isWorthRewriting, rewriteSegments, runToRewrite } from './rewrite.ts'
import type { Segment } from './segment.ts'
import type { SlotContext, SlotPlace } from './slot-context.ts'
import { retiredPath } from './slot-paths.ts'
import { Turns } from './turns.ts'

export interface TidyParts {
  readonly context: SlotContext
  readonly place: SlotPlace
  readonly ledger: Ledger
  readonly numbers: Numbers
  /** The segments of the slot, in the order of their sequence numbers. */
  readonly segments: () => readonly Segment[]
  readonly onRetired: (segments: ReadonlySet<Segment>) => void
}

/**
 * Retires the closed segments of a slot whose records are all settled, and rewrites those of which few records are unsettled. Runs
 * concurrently with appends: it never changes the current segment.
 */
export class Tidy {
  readonly #parts: TidyParts
  readonly #turns = new Turns()
  #isDue = false
  #running: Promise<void> | undefined
  #isClosed = false

  constructor(parts: TidyParts) {
    this.#parts = parts
  }

  /** A record of the segment was settled. */
  after(segment: Segment): void {
    const { segmentBytes } = this.#parts.context
    if (segment.isClosed && (segment.unsettled === 0 || isWorthRewriting(segment, segmentBytes))) void this.start()
  }

  /** Runs in the background and never rejects. What failed is tried again later, by `onUnwritten`. */
  start(): Promise<void> {
    this.#isDue = true
    if (!this.#isClosed) this.#running ??= this.#runWhileDue()
    return this.#running ?? Promise.resolve()
  }

  /** Does what is due now, and nothing afterwards: the files belong to the next owner then. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#turns.run(() => this.#tidyUp()).catch(() => {})
  }

  /** Reads every body. Copies the undamaged records of damaged segments, and moves these to quarantine. */
  repair(): Promise<void> {
    return this.#turns.run(async () => {
      for (const segment of this.#parts.segments()) await this.#checkBodies(segment)
      const damaged = this.#parts.segments().filter(({ isDamaged, unsettled }) => isDamaged && unsettled > 0)
      for (const segment of damaged) await this.#rewrite([segment])
      await this.#tidyUp()
    })
  }

  async #runWhileDue(): Promise<void> {
    while (this.#isDue && !this.#isClosed) {
      this.#isDue = false
      await this.#turns.run(() => this.#tidyUp()).catch(() => this.#parts.context.onUnwritten())
    }
    this.#running = undefined
  }

  async #tidyUp(): Promise<void> {
    for (;;) {
      await this.#retire(this.#parts.segments().filter(({ isClosed, unsettled }) => isClosed && unsettled === 0))
      const run = runToRewrite(this.#parts.segments(), this.#parts.context.segmentBytes)
      if (run === undefined) return
      await this.#rewrite(run)
    }
  }

  async #rewrite(run: readonly Segment[]): Promise<void> {
    const { context, place, ledger, numbers } = this.#parts
    await rewriteSegments(context, place, ledger, numbers, run)
    await this.#retire(run)
  }

  async #checkBodies(segment: Segment): Promise<void> {
    for (let row = 0; row < segment.index.size; row++) {
      if (segment.index.state(row) === SETTLED) continue
      if ((await segment.read(row, this.#parts.context.openFiles)) === undefined) {
        this.#parts.context.onDamaged(segment, row)
      }
    }
  }

  /** Retires the segments with one write to the ledger, because its sync is the most expensive part. */
  async #retire(segments: readonly Segment[]): Promise<void> {
    if (segments.length === 0) return
    const { context, place, ledger, onRetired } = this.#parts
    for (const segment of segments) segment.isLeaving = true
    // The check may have to write the card of the owner.
    if (!(await hasRoom(() => place.checkOwner()))) {
      await this.#makeRoom(segments)
      await place.checkOwner()
    }
    for (const segment of segments) {
      await segment.settlements.flush()
      await context.openFiles.close(segment.path)
      await context.openFiles.close(segment.settledPath)
      if (segment.isDamaged) await this.#toQuarantine(segment)
    }
    const known = segments.filter(({ number }) => !ledger.isRetired(number))
    const note = () => ledger.add(known.map(({ number }) => ({ kind: 'retired', segment: number })))
    if (known.length > 0 && !(await hasRoom(note))) {
      await this.#makeRoom(segments)
      await note()
    }
    for (const { path, number } of segments) {
      await context.files.remove(path)
      await context.files.remove(retiredPath(place.directory, number))
    }
    for (const { settledPath } of segments) await context.files.remove(settledPath)
    onRetired(new Set(segments))
  }

  /**
   * Empties the files, to make room for what has to be written before they are removed. Before that each gets a name that says that it is
   * retired: its settlements may not be on disk, and after a crash its records would be counted as lost.
   */
  async #makeRoom(segments: readonly Segment[]): Promise<void> {
    const { context, place } = this.#parts
    const { files, openFiles } = context
    const retired = segments.filter(({ isDamaged }) => !isDamaged)
    for (const { path, number } of retired) {
      await openFiles.close(path)
      await ifThere(() => files.rename(path, retiredPath(place.directory, number)))
    }
    await files.syncDirectory(place.directory)
    for (const { number } of retired) await ifThere(() => emptyFile(files, retiredPath(place.directory, number)))
  }

  /** Moves the segment without its settlements: the ledger says that it is retired, so they are not needed. */
  async #toQuarantine(segment: Segment): Promise<void> {
    const { context, place } = this.#parts
    await ifThere(async () => {
      await moveToQuarantine(context, place.directory, segment.path)
      context.tallies.quarantined++
    })
  }
}

/** Does nothing if the file does not exist: an attempt before has moved it. */
async function ifThere(change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** Returns false if the disk is full. */
async function hasRoom(write: () => Promise<void>): Promise<boolean> {
  try {
    await write()
    return true
  } catch (error) {
    if (!isDiskFull(error)) throw error
    return false
  }
}

async function emptyFile(files: SpoolFiles, path: string): Promise<void> {
  const file = await files.open(path)
  await file.truncate(0).finally(() => file.close())
}
