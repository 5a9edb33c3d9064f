import { varintSize, varintText } from './varint.ts'

// Heads of longer values are cheap beside them; and what is kept must stay small, whatever keys there are.
const KEPT_VALUE_LENGTH = 256
const KEPT_KEY_LENGTH = 128
const MOST_KEPT = 8192
const MOST_RECENT = 64

type Heads = (string | undefined)[]

/**
 * What stands before the value of a field: tag and length of the field, tag, length and text of the key, tag and length
 * of the value; a latin1 character for each byte, true where key and value are ASCII. The same few keys come with log
 * after log, so heads are kept by key and length of the value: building them is a third of encoding (`bench/encode.mjs`).
 */
export class FieldHeads {
  readonly #byKey = new Map<string, Heads>()
  /** Of the fields of the log before, in their order: mostly the next log has the same, and no look-up is needed. */
  readonly #recentKeys: string[] = []
  readonly #recentHeads: Heads[] = []
  #kept = 0

  /** `position` is the place of the field in its log. */
  of(key: string, valueLength: number, position: number): string {
    if (valueLength >= KEPT_VALUE_LENGTH || key.length > KEPT_KEY_LENGTH) return fieldHead(key, valueLength)
    const heads = this.#recentKeys[position] === key ? this.#recentHeads[position]! : this.#find(key, position)
    return heads[valueLength] ?? this.#keep(heads, key, valueLength)
  }

  #find(key: string, position: number): Heads {
    let heads = this.#byKey.get(key)
    if (heads === undefined) {
      heads = []
      this.#byKey.set(key, heads)
    }
    if (position < MOST_RECENT) {
      this.#recentKeys[position] = key
      this.#recentHeads[position] = heads
    }
    return heads
  }

  /** If there is no end of keys, such as ids used as keys, it starts again: nothing is counted for each use. */
  #keep(heads: Heads, key: string, valueLength: number): string {
    const head = fieldHead(key, valueLength)
    if (++this.#kept > MOST_KEPT) {
      this.#byKey.clear()
      this.#kept = 0
    } else heads[valueLength] = head
    return head
  }
}

/** Bytes of a head that are 0x80 or above: all of its lengths' bytes but the last of each. */
export function highBytesOfHead(keyLength: number, valueLength: number): number {
  return varintSize(keyLength) + varintSize(valueLength) + varintSize(contentLength(keyLength, valueLength)) - 3
}

/** Joined by an array and not by `+`, which would leave a tree of strings to be walked at each use. */
function fieldHead(key: string, valueLength: number): string {
  const content = varintText(contentLength(key.length, valueLength))
  return ['\x12', content, '\x0a', varintText(key.length), key, '\x12', varintText(valueLength)].join('')
}

function contentLength(keyLength: number, valueLength: number): number {
  return 2 + varintSize(keyLength) + keyLength + varintSize(valueLength) + valueLength
}
