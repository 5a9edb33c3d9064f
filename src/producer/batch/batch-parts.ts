import { encodeTag } from '../../sls/wire/group-fields.ts'
import { logEnds } from '../../sls/wire/log-ends.ts'
import type { PendingSend } from '../sends/pending-send.ts'
import { PACK_ID_TAG } from './pack-ids.ts'
import { SendCursor } from './send-cursor.ts'

/** Why a batch is sent in parts: the service says it is too large, or refuses a log somewhere inside. */
export type SplitReason = 'too-large' | 'content'

/**
 * What is left of a batch that the service refused for its content or size: its LogGroup, marked out in parts. Only the
 * part in front is on its way, so the parts arrive in the order of their logs; each is a LogGroup with the fields of the
 * whole except for the pack id: each has its own, or whoever leaves out copies by pack id would lose logs.
 */
export class BatchParts {
  readonly #group: Buffer
  readonly #ends: Uint32Array
  readonly #sends: SendCursor
  /** Logs of each part; the last entry is the part in front. */
  readonly #logCounts: number[]
  readonly #wholeTagLength: number
  #packIdTag: Buffer
  #firstLog = 0

  /** The pack id is the last of the group's fields. */
  constructor(group: Buffer, logCount: number, sends: readonly PendingSend[], packId: string) {
    this.#packIdTag = encodeTag(PACK_ID_TAG, packId)
    this.#wholeTagLength = this.#packIdTag.length
    this.#group = group
    this.#ends = logEnds(group, logCount)
    this.#sends = new SendCursor(sends)
    this.#logCounts = [logCount]
  }

  /** What it takes to tell the logs apart; the group itself belongs to the body of the batch, and stays whole. */
  get markBytes(): number {
    return this.#ends.byteLength
  }

  get isLast(): boolean {
    return this.#logCounts.length === 1
  }

  get frontLogCount(): number {
    return this.#logCounts.at(-1) as number
  }

  /** Where the first log of the part in front is in the list of its caller. */
  get frontIndex(): number {
    return this.#sends.nextIndex
  }

  get frontSizeInBytes(): number {
    const logBytes = this.#endOf(this.#lastLogExclusive) - this.#endOf(this.#firstLog)
    return logBytes + this.#groupFields.length + this.#packIdTag.length
  }

  /** The LogGroup of the part in front: a copy, to be asked for once. */
  get front(): Buffer {
    const logs = this.#group.subarray(this.#endOf(this.#firstLog), this.#endOf(this.#lastLogExclusive))
    return Buffer.concat([logs, this.#groupFields, this.#packIdTag])
  }

  /**
   * Cuts the part in front in two. Too large: at the log boundary next to the middle of its bytes. A bad log inside: at
   * the middle of its logs, so that one in n is alone after ceil(log2 n) cuts, at two requests a cut.
   */
  split(reason: SplitReason): void {
    const left = reason === 'content' ? Math.ceil(this.frontLogCount / 2) : this.#logsInFirstHalf()
    const right = (this.#logCounts.pop() as number) - left
    this.#logCounts.push(right, left)
  }

  /** Takes the part in front out, and returns its sends; the next has another pack id. */
  take(nextPackId: string): PendingSend[] {
    this.#packIdTag = encodeTag(PACK_ID_TAG, nextPackId)
    const logCount = this.#logCounts.pop() as number
    this.#firstLog += logCount
    return this.#sends.take(logCount)
  }

  /** Takes all that is left. */
  takeAll(): PendingSend[] {
    return this.#sends.take(Number.POSITIVE_INFINITY)
  }

  get #groupFields(): Buffer {
    return this.#group.subarray(this.#endOf(this.#ends.length), this.#group.length - this.#wholeTagLength)
  }

  get #lastLogExclusive(): number {
    return this.#firstLog + this.frontLogCount
  }

  /** Where the first `logCount` logs of the group end. */
  #endOf(logCount: number): number {
    return logCount === 0 ? 0 : (this.#ends[logCount - 1] as number)
  }

  /** Each half has a log at least. */
  #logsInFirstHalf(): number {
    const middle = (this.#endOf(this.#firstLog) + this.#endOf(this.#lastLogExclusive)) / 2
    const distance = (cut: number) => Math.abs(this.#endOf(cut) - middle)
    let cut = this.#firstLog + 1
    while (cut + 1 < this.#lastLogExclusive && distance(cut + 1) < distance(cut)) cut++
    return cut - this.#firstLog
  }
}
