import { types } from 'node:util'
import { errorText } from './error-text.ts'
import { bytesOf, isError, isPlainArray, isPlainObject, kindOf, scalarText, unboxed } from './scalar-text.ts'
import { CIRCULAR, TextBudget } from './text-budget.ts'

/** What is inside of an object: names of fields, which are read when it is their turn, or values, or both. */
interface Inside {
  /** Undefined for an array. */
  readonly names: readonly string[] | undefined
  readonly values: ArrayLike<unknown> | undefined
}

/** An array or object that is being written. */
class Frame {
  readonly value: object
  /** What had `value` as its `toJSON`. */
  readonly given: object
  readonly names: Inside['names']
  readonly length: number
  readonly #values: Inside['values']
  at = 0
  isEmpty = true

  constructor(value: object, given: object, { names, values }: Inside) {
    this.value = value
    this.given = given
    this.names = names
    this.length = (names ?? (values as ArrayLike<unknown>)).length
    this.#values = values
  }

  valueAt(index: number): unknown {
    if (this.#values !== undefined) return this.#values[index]
    return (this.value as Record<string, unknown>)[(this.names as readonly string[])[index] as string]
  }
}

/**
 * An object as JSON that keeps what `JSON.stringify` loses: a Map, Headers or FormData is an object (pairs where its keys
 * are not text, or repeat), a Set or a typed array is an array, bytes are base64, and an Error, RegExp, bigint, symbol,
 * function, NaN and the like are texts. `toJSON` is used. A circle ends with `[Circular]`, and what shows nothing of
 * itself is the name of its class in brackets. Without recursion: no depth is too much for it.
 *
 * @returns undefined when a `toJSON` of the object says that there is nothing
 */
export function jsonText(value: object): string | undefined {
  return new JsonWriter(new TextBudget()).write(value)
}

/** What stands inside an error: a text as it is, all else as JSON. */
export function innerText(value: unknown, budget: TextBudget): string {
  if (typeof value === 'string') return budget.spend(value)
  return new JsonWriter(budget).write(value) ?? String(value)
}

class JsonWriter {
  readonly #budget: TextBudget
  readonly #frames: Frame[] = []
  readonly #pieces: string[] = []

  constructor(budget: TextBudget) {
    this.#budget = budget
  }

  write(root: unknown): string | undefined {
    if (!this.#add('', '', root)) return undefined
    for (let frame = this.#frames.at(-1); frame !== undefined; frame = this.#frames.at(-1)) {
      if (frame.at === frame.length) this.#close(frame)
      else this.#next(frame)
    }
    return this.#pieces.join('')
  }

  #next(frame: Frame): void {
    const index = frame.at++
    const name = frame.names?.[index]
    const comma = frame.isEmpty ? '' : ','
    const head = name === undefined ? comma : `${comma}${JSON.stringify(name)}:`
    const isThere = this.#add(head, name ?? String(index), frame.valueAt(index))
    if (!isThere && name === undefined) this.#put(`${comma}null`)
    if (isThere || name === undefined) frame.isEmpty = false
  }

  #close(frame: Frame): void {
    this.#frames.pop()
    this.#budget.leave(frame.value, frame.given)
    this.#put(frame.names === undefined ? ']' : '}')
  }

  /** False, and nothing written, for what JSON leaves out: undefined. */
  #add(head: string, key: string, given: unknown): boolean {
    if (typeof given === 'object' && given !== null && this.#budget.isInside(given))
      return this.#addText(head, CIRCULAR)
    const value = unboxed(shownOf(given, key))
    if (typeof value !== 'object' || value === null) return this.#addPrimitive(head, value)
    if (this.#budget.isInside(value)) return this.#addText(head, CIRCULAR)
    const text = isPlain(value) ? undefined : this.#textOf(value)
    return text === undefined ? this.#open(head, value, given as object) : this.#addText(head, text)
  }

  #textOf(value: object): string | undefined {
    if (isError(value)) return errorText(value, this.#budget, innerText)
    return scalarText(value) ?? base64Of(value)
  }

  #addPrimitive(head: string, value: unknown): boolean {
    if (value === undefined) return false
    if (typeof value === 'bigint' || typeof value === 'symbol') return this.#addText(head, String(value))
    if (typeof value === 'function') return this.#addText(head, `[Function: ${value.name || 'anonymous'}]`)
    if (typeof value === 'number' && !Number.isFinite(value)) return this.#addText(head, String(value))
    return this.#put(head + JSON.stringify(value))
  }

  #addText(head: string, text: string): boolean {
    return this.#put(head + JSON.stringify(text))
  }

  #open(head: string, value: object, given: object): boolean {
    const frame = new Frame(value, given, insideOf(value))
    if (frame.names?.length === 0 && isOpaque(value)) return this.#addText(head, `[${kindOf(value)}]`)
    this.#budget.enter(value, given)
    this.#frames.push(frame)
    return this.#put(head + (frame.names === undefined ? '[' : '{'))
  }

  #put(text: string): boolean {
    this.#pieces.push(this.#budget.spend(text))
    return true
  }
}

/** What `toJSON` makes of an object that does not have a text or bytes of its own. */
function shownOf(given: unknown, key: string): unknown {
  if (typeof given !== 'object' || given === null) return given
  const { toJSON } = given as { toJSON?: unknown }
  if (typeof toJSON !== 'function' || isError(given) || bytesOf(given) !== undefined) return given
  return scalarText(given) === undefined ? toJSON.call(given, key) : given
}

/** Of no class, so that no brand need be looked for: that is most of the work for a graph of plain objects. */
function isPlain(value: object): boolean {
  return Array.isArray(value) ? isPlainArray(value) : isPlainObject(value)
}

function insideOf(value: object): Inside {
  if (Array.isArray(value)) return { names: undefined, values: value }
  if (isPlainObject(value)) return { names: Object.keys(value), values: undefined }
  if (types.isTypedArray(value)) return { names: undefined, values: value as unknown as ArrayLike<unknown> }
  if (types.isSet(value)) return { names: undefined, values: [...Set.prototype.values.call(value)] }
  const entries = entriesOf(value)
  if (entries === undefined) return { names: Object.keys(value), values: undefined }
  const keys = entries.map(([key]) => key)
  const areNames = keys.every((key) => typeof key === 'string') && new Set(keys).size === keys.length
  if (!areNames) return { names: undefined, values: entries }
  return { names: keys as string[], values: entries.map(([, value]) => value) }
}

function entriesOf(value: object): [unknown, unknown][] | undefined {
  if (types.isMap(value)) return [...Map.prototype.entries.call(value)]
  const hasEntries = ['Headers', 'FormData'].includes(kindOf(value)) && Symbol.iterator in value
  return hasEntries ? [...(value as FormData)] : undefined
}

/** An object without fields that is no plain empty object and no empty Map: what it carries does not show. */
function isOpaque(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return (
    prototype !== Object.prototype && prototype !== null && entriesOf(value) === undefined && kindOf(value) !== 'Object'
  )
}

function base64Of(value: object): string | undefined {
  const bytes = bytesOf(value)
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}
