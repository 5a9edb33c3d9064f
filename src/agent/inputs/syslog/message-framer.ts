import { PendingBytes } from '../../lines/pending-bytes.ts'

const NOTHING = Buffer.alloc(0)
const LINE_FEED = 0x0a
const SPACE = 0x20
const ZERO = 0x30
const NINE = 0x39
const MAX_COUNT_DIGITS = 8

/**
 * Splits the bytes of a connection into messages (RFC 6587): octet counting, or a line feed or NUL after each message. This is decided
 * for each message: one that begins with a digit has an octet count, since others begin with `<`.
 */
export class MessageFramer {
  readonly #maxBytes: number
  readonly #pending = new PendingBytes()
  /** Number of pending bytes that were searched already and contain no end of a message. */
  #searchedBytes = 0
  /** Bytes of a cut message that are still to be skipped; Infinity: up to its line feed. */
  #toSkip = 0
  #cutMessages = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes of an incomplete message: at most the longest message and its octet count. */
  get pendingBytes(): number {
    return this.#pending.length
  }

  /** Number of messages that were longer than the limit. */
  get cutMessages(): number {
    return this.#cutMessages
  }

  push(chunk: Buffer): Buffer[] {
    const all = this.#pending.append(chunk)
    let bytes = all
    const messages: Buffer[] = []
    for (;;) {
      bytes = this.#skip(bytes)
      if (bytes.length === 0) break
      const rest = isDigit(bytes[0] as number) ? this.#counted(bytes, messages) : this.#line(bytes, messages)
      if (rest === undefined) break
      this.#searchedBytes = 0
      bytes = rest
    }
    this.#pending.consume(all.length - bytes.length)
    return messages
  }

  /** The last message, if the connection ended without its end. */
  end(): Buffer[] {
    const bytes = this.#pending.append(NOTHING)
    return bytes.length === 0 ? [] : [bytes]
  }

  #skip(bytes: Buffer): Buffer {
    if (this.#toSkip === 0) return bytes
    if (this.#toSkip !== Number.POSITIVE_INFINITY) {
      const skipped = Math.min(this.#toSkip, bytes.length)
      this.#toSkip -= skipped
      return bytes.subarray(skipped)
    }
    const feed = endOfLine(bytes)
    if (feed >= 0) this.#toSkip = 0
    return feed < 0 ? bytes.subarray(bytes.length) : bytes.subarray(feed + 1)
  }

  /** Returns the bytes after the message, or undefined if it is not complete yet. */
  #counted(bytes: Buffer, messages: Buffer[]): Buffer | undefined {
    const space = bytes.subarray(0, MAX_COUNT_DIGITS + 1).indexOf(SPACE)
    if (space < 0 && bytes.length <= MAX_COUNT_DIGITS && bytes.every(isDigit)) return undefined
    const count = space < 0 ? Number.NaN : Number(bytes.toString('latin1', 0, space))
    // Not an octet count: a message that begins with a digit.
    if (!Number.isSafeInteger(count) || count === 0) return this.#line(bytes, messages)
    const body = bytes.subarray(space + 1)
    const kept = Math.min(count, this.#maxBytes)
    if (body.length < kept) return undefined
    messages.push(withoutFeed(body.subarray(0, kept)))
    if (kept < count) this.#cutMessages++
    if (body.length >= count) return body.subarray(count)
    this.#toSkip = count - body.length
    return body.subarray(body.length)
  }

  #line(bytes: Buffer, messages: Buffer[]): Buffer | undefined {
    const feed = endOfLine(bytes, this.#searchedBytes)
    this.#searchedBytes = bytes.length
    if (feed < 0 && bytes.length <= this.#maxBytes) return undefined
    const end = feed < 0 ? this.#maxBytes : Math.min(feed, this.#maxBytes)
    if (end > 0) messages.push(withoutFeed(bytes.subarray(0, end)))
    if (end === this.#maxBytes && end !== feed) this.#cutMessages++
    if (feed >= 0) return bytes.subarray(feed + 1)
    this.#toSkip = Number.POSITIVE_INFINITY
    return bytes.subarray(bytes.length)
  }
}

function endOfLine(bytes: Buffer, from = 0): number {
  const feed = bytes.indexOf(LINE_FEED, from)
  const nul = bytes.subarray(0, feed < 0 ? bytes.length : feed).indexOf(0, from)
  return nul >= 0 ? nul : feed
}

function withoutFeed(message: Buffer): Buffer {
  let end = message.length
  while (end > 0 && (message[end - 1] === LINE_FEED || message[end - 1] === 0x0d || message[end - 1] === 0)) end--
  return message.subarray(0, end)
}

function isDigit(byte: number): boolean {
  return byte >= ZERO && byte <= NINE
}
