import { joinedLog } from './joined-log.ts'
import { limits } from './limits.ts'
import type { Contents } from './log.ts'
import { checkNanoseconds, secondsOf } from './log-time.ts'
import { logTooLarge, readContents, type Texts } from './read-contents.ts'
import { utf8Length, writeUtf8 } from './utf8.ts'
import { varintSize, varintText, writeVarint } from './varint.ts'

const KEPT_TEXTS = 4096

interface HeldLog {
  /** All of the encoded bytes as latin1 characters; undefined where the log is held as its texts. */
  readonly joined: string | undefined
  readonly textEnd: number
  readonly seconds: number
  readonly nanoseconds: number | undefined
  readonly bodyLength: number
  /** Offset behind it among the encoded logs. */
  readonly end: number
}

/**
 * Logs measured to the byte and not written yet. Each is held as its texts with their byte lengths or, where it is faster,
 * as one string of the encoded bytes. Nothing is copied before it goes to its final place, and no scratch memory is needed.
 */
export class EncodedLogs {
  #logs: HeldLog[] = []
  #count = 0
  #texts: Texts = []
  #lengths: number[] = []
  #textsUsed = 0
  // Joining is tried again only after a log that was all ASCII: other text rarely comes alone, and a vain try costs as
  // much as the encoding.
  #joins = true
  #timeSecond = -1
  #timeText = ''

  get count(): number {
    return this.#count
  }

  endOf(index: number): number {
    return index < 0 ? 0 : this.#logs[index]!.end
  }

  /** Runs user code, which must not reach this object: {@link LogEncoder} sees to that. */
  add(contents: Contents, timeMs: number, nanoseconds: number | undefined): void {
    const seconds = secondsOf(timeMs)
    if (nanoseconds !== undefined) checkNanoseconds(nanoseconds)
    const from = this.#textEnd(this.#count - 1)
    const to = readContents(contents, this.#texts, from)
    if (to > this.#textsUsed) this.#textsUsed = to
    const log = this.#join(from, to, seconds, nanoseconds) ?? this.#measure(from, to, seconds, nanoseconds)
    const size = log.end - this.endOf(this.#count - 1)
    if (size > limits.requestInBytes) throw logTooLarge(size)
    this.#logs[this.#count++] = log
  }

  writeRange(target: Buffer, at: number, first: number, lastExclusive: number): void {
    let offset = at
    for (let i = first; i < lastExclusive; i++) {
      const log = this.#logs[i]!
      if (log.joined === undefined) this.#writeTexts(target, offset, log, this.#textEnd(i - 1))
      else target.write(log.joined, offset, 'latin1')
      offset += log.end - this.endOf(i - 1)
    }
  }

  /** Lets go of every text, and of arrays that one large list has grown. */
  clear(): void {
    if (this.#textsUsed > KEPT_TEXTS) {
      this.#texts = []
      this.#lengths = []
      this.#logs = []
    } else {
      for (let i = 0; i < this.#textsUsed; i++) this.#texts[i] = ''
    }
    this.#textsUsed = 0
    this.#count = 0
  }

  #textEnd(index: number): number {
    return index < 0 ? 0 : this.#logs[index]!.textEnd
  }

  #join(from: number, to: number, seconds: number, nanoseconds: number | undefined): HeldLog | undefined {
    if (!this.#joins) return undefined
    const tail = nanoseconds === undefined ? '' : nanosecondsText(nanoseconds)
    const joined = joinedLog(this.#texts, from, to, this.#timeTextOf(seconds), tail)
    if (joined === undefined) return undefined
    const end = this.endOf(this.#count - 1) + joined.length
    return { joined, textEnd: from, seconds, nanoseconds, bodyLength: 0, end }
  }

  #timeTextOf(seconds: number): string {
    if (seconds !== this.#timeSecond) {
      this.#timeSecond = seconds
      this.#timeText = `\x08${varintText(seconds)}`
    }
    return this.#timeText
  }

  #measure(from: number, to: number, seconds: number, nanoseconds: number | undefined): HeldLog {
    const texts = this.#texts
    let bodyLength = 1 + varintSize(seconds) + (nanoseconds === undefined ? 0 : 5)
    let isAscii = true
    for (let i = from; i < to; i += 2) {
      const key = texts[i] as string
      const value = texts[i + 1]!
      const keyLength = utf8Length(key)
      const valueLength = typeof value === 'string' ? utf8Length(value) : value.length
      const content = contentLength(keyLength, valueLength)
      this.#lengths[i] = keyLength
      this.#lengths[i + 1] = valueLength
      bodyLength += 1 + varintSize(content) + content
      if (keyLength !== key.length || valueLength !== value.length) isAscii = false
    }
    this.#joins = isAscii
    const end = this.endOf(this.#count - 1) + 1 + varintSize(bodyLength) + bodyLength
    return { joined: undefined, textEnd: to, seconds, nanoseconds, bodyLength, end }
  }

  #writeTexts(target: Buffer, offset: number, log: HeldLog, from: number): void {
    let at = writeField(target, offset, 0x0a, log.bodyLength)
    at = writeField(target, at, 0x08, log.seconds)
    for (let i = from; i < log.textEnd; i += 2) {
      const keyLength = this.#lengths[i]!
      const valueLength = this.#lengths[i + 1]!
      at = writeField(target, at, 0x12, contentLength(keyLength, valueLength))
      at = writeField(target, at, 0x0a, keyLength)
      at = writeUtf8(target, at, this.#texts[i] as string, keyLength)
      at = writeField(target, at, 0x12, valueLength)
      const value = this.#texts[i + 1]!
      if (typeof value === 'string') at = writeUtf8(target, at, value, valueLength)
      else {
        target.set(value, at)
        at += valueLength
      }
    }
    if (log.nanoseconds !== undefined) {
      target[at] = 0x25
      target.writeUInt32LE(log.nanoseconds, at + 1)
    }
  }
}

function contentLength(keyLength: number, valueLength: number): number {
  return 2 + varintSize(keyLength) + keyLength + varintSize(valueLength) + valueLength
}

/** A tag byte, and behind it a length or a number. */
function writeField(target: Buffer, at: number, tag: number, number: number): number {
  target[at] = tag
  return writeVarint(target, at + 1, number)
}

function nanosecondsText(nanoseconds: number): string {
  const byte = (shift: number) => (nanoseconds >>> shift) & 0xff
  return `\x25${String.fromCharCode(byte(0), byte(8), byte(16), byte(24))}`
}
