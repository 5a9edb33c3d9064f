import { limits } from '../limits.ts'
import { checkContents } from './contents-check.ts'
import { logTooLarge } from './invalid-log.ts'
import { LogJoiner } from './joined-log.ts'
import type { Contents, Log } from './log.ts'
import { LogScratch } from './log-scratch.ts'
import { nanosecondsOf, secondsOf } from './log-time.ts'
import { readContents, type Texts } from './read-contents.ts'

const KEPT_LOGS = 4096
const KEPT_TEXTS = 4096

/** Not in the manual, but in every Node, and spares `write` the look-up of the encoding's name for each log. */
type Latin1Target = Buffer & { latin1Write(text: string, offset: number, length: number): number }

/**
 * Encoded logs on their way to their place. Each is held as one string of its bytes where that is the faster way, and
 * else as its bytes; either way its size is exact.
 */
export class EncodedLogs {
  readonly #joiner = new LogJoiner()
  readonly #scratch = new LogScratch()
  #texts: Texts = []
  #mostTexts = 0
  #joined: (string | undefined)[] = []
  /** Where each log ends among the encoded logs, and where among those in the scratch. */
  #ends: number[] = []
  #scratchEnds: number[] = []
  #count = 0
  #sizeInBytes = 0

  get count(): number {
    return this.#count
  }

  get sizeInBytes(): number {
    return this.#sizeInBytes
  }

  endOf(index: number): number {
    return index < 0 ? 0 : this.#ends[index]!
  }

  /** Runs user code, which must not reach this object: {@link LogEncoder} sees to that. */
  add(contents: Contents, timeMs: number, givenNanoseconds: Log['nanoseconds']): void {
    const seconds = secondsOf(timeMs)
    const nanoseconds = givenNanoseconds === undefined ? undefined : nanosecondsOf(givenNanoseconds, timeMs)
    checkContents(contents)
    const joined = this.#joiner.join(contents, seconds, nanoseconds)
    const size = joined?.length ?? this.#addToScratch(contents, seconds, nanoseconds)
    if (size > limits.requestInBytes) throw logTooLarge(size)
    this.#sizeInBytes += size
    this.#joined[this.#count] = joined
    this.#scratchEnds[this.#count] = this.#scratch.length
    this.#ends[this.#count] = this.#sizeInBytes
    this.#count++
  }

  writeRange(target: Buffer, at: number, first: number, lastExclusive: number): void {
    const latin1Target = target as Latin1Target
    let offset = at
    for (let i = first; i < lastExclusive; i++) {
      const joined = this.#joined[i]
      if (joined !== undefined) latin1Target.latin1Write(joined, offset, joined.length)
      else this.#scratch.copy(target, offset, this.#scratchEndOf(i - 1), this.#scratchEndOf(i))
      offset += this.endOf(i) - this.endOf(i - 1)
    }
  }

  /** Lets go of every text, and of memory that a large log or list has made grow. */
  clear(): void {
    if (this.#mostTexts > KEPT_TEXTS) this.#texts = []
    else for (let i = 0; i < this.#mostTexts; i++) this.#texts[i] = ''
    this.#mostTexts = 0
    if (this.#count > KEPT_LOGS) {
      this.#joined = []
      this.#ends = []
      this.#scratchEnds = []
    } else {
      for (let i = 0; i < this.#count; i++) this.#joined[i] = undefined
    }
    this.#scratch.clear()
    this.#count = 0
    this.#sizeInBytes = 0
  }

  #addToScratch(contents: Contents, seconds: number, nanoseconds: number | undefined): number {
    const textCount = readContents(contents, this.#texts, 0)
    if (textCount > this.#mostTexts) this.#mostTexts = textCount
    return this.#scratch.add(this.#texts, textCount, seconds, nanoseconds)
  }

  #scratchEndOf(index: number): number {
    return index < 0 ? 0 : this.#scratchEnds[index]!
  }
}
