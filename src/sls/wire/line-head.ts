import { viewOf } from './byte-source.ts'
import { varintSize, writeVarint } from './varint.ts'

/** Below this, all lengths around a value take at most two bytes, with a key of at most `LONGEST_SHORT_KEY`. */
const SHORT_VALUE = 0x3000
const LONGEST_SHORT_KEY = 0x0c00

/** A head whose lengths are still to be put in. */
interface Template {
  readonly view: DataView
  /** How many bytes of the value's own length. */
  readonly ownBytes: number
  /** Where the length of the field is, and how many bytes it has. */
  readonly pairAt: number
  readonly pairBytes: number
}

/**
 * What stands before a line in its encoded log: the time and the key, which all lines of a list share, and the lengths of log, field
 * and value. Short lines have four kinds of heads, by how many of the three lengths take two bytes. Heads of a kind are copied eight
 * bytes at a time, and get their lengths then: a line takes three quarters of the time that it takes byte by byte (`bench/lines.mjs`).
 */
export class LineHead {
  /** Tag and bytes of the time. */
  readonly #time: Buffer
  /** Tag, length and bytes of the key, and the tag of the value. */
  readonly #key: Buffer
  /** Bytes of a head whose lengths take one byte each. */
  readonly #leastBytes: number
  /** The shortest values for which the length of the log, and then that of the field, takes two bytes. */
  readonly #longLogFrom: number
  readonly #longPairFrom: number
  /** The shortest value that is not short. */
  readonly #longFrom: number
  readonly #templates: readonly Template[]

  constructor(time: Buffer, key: Buffer) {
    this.#time = time
    this.#key = key
    this.#leastBytes = 1 + 1 + time.length + 1 + 1 + key.length + 1
    this.#longPairFrom = 0x80 - key.length - 1
    this.#longLogFrom = this.#longPairFrom - time.length - 2
    this.#longFrom = key.length <= LONGEST_SHORT_KEY ? SHORT_VALUE : 0
    this.#templates = [0, 1, 2, 3].map((kind) => this.#template(kind))
  }

  /** Bytes of the head of a value. */
  sizeOf(valueSize: number): number {
    if (valueSize < this.#longFrom) return this.#leastBytes + this.#kindOf(valueSize)
    const pairSize = this.#key.length + varintSize(valueSize) + valueSize
    const bodySize = this.#time.length + 1 + varintSize(pairSize) + pairSize
    return 1 + varintSize(bodySize) + bodySize - valueSize
  }

  /** Writes the head of a value to where `view` shows the same bytes as `target`, and returns where the value begins there. */
  write(target: Buffer, view: DataView, at: number, valueSize: number): number {
    if (valueSize >= this.#longFrom) return this.#writeLong(target, at, valueSize)
    const kind = this.#kindOf(valueSize)
    const template = this.#templates[kind] as Template
    const bytes = this.#leastBytes + kind
    for (let i = 0; i < bytes; i += 8) {
      // The last eight overlap those before them.
      const from = i + 8 > bytes ? bytes - 8 : i
      view.setInt32(at + from, template.view.getInt32(from, true), true)
      view.setInt32(at + from + 4, template.view.getInt32(from + 4, true), true)
    }
    const pairSize = this.#key.length + template.ownBytes + valueSize
    writeVarint(target, at + 1, this.#time.length + 1 + template.pairBytes + pairSize)
    writeVarint(target, at + template.pairAt, pairSize)
    writeVarint(target, at + bytes - template.ownBytes, valueSize)
    return at + bytes
  }

  /** How many of the three lengths take two bytes: an outer one does so no later than those inside of it. */
  #kindOf(valueSize: number): number {
    if (valueSize < this.#longLogFrom) return 0
    if (valueSize < this.#longPairFrom) return 1
    return valueSize < 0x80 ? 2 : 3
  }

  #template(kind: number): Template {
    const bytes = Buffer.alloc(this.#leastBytes + kind)
    const timeAt = 1 + (kind >= 1 ? 2 : 1)
    const pairAt = timeAt + this.#time.length + 1
    const pairBytes = kind >= 2 ? 2 : 1
    bytes[0] = 0x0a
    this.#time.copy(bytes, timeAt)
    bytes[pairAt - 1] = 0x12
    this.#key.copy(bytes, pairAt + pairBytes)
    return { view: viewOf(bytes), ownBytes: kind >= 3 ? 2 : 1, pairAt, pairBytes }
  }

  #writeLong(target: Buffer, at: number, valueSize: number): number {
    const pairSize = this.#key.length + varintSize(valueSize) + valueSize
    target[at] = 0x0a
    let offset = writeVarint(target, at + 1, this.#time.length + 1 + varintSize(pairSize) + pairSize)
    offset += this.#time.copy(target, offset)
    target[offset] = 0x12
    offset = writeVarint(target, offset + 1, pairSize)
    offset += this.#key.copy(target, offset)
    return writeVarint(target, offset, valueSize)
  }
}
