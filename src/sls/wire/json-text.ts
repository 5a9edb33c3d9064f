import { types } from 'node:util'
import { errorText } from './error-text.ts'
import { bytesOf, isError, kindOf, scalarText, unboxed } from './scalar-text.ts'
import { CIRCULAR, TextBudget } from './text-budget.ts'

/** An array or object that is being written. */
interface Frame {
  /** The object, and what its `toJSON` gave for it. */
  readonly owners: readonly object[]
  /** Undefined for an array. */
  readonly names: readonly string[] | undefined
  readonly length: number
  readonly valueAt: (index: number) => unknown
  at: number
  isEmpty: boolean
}

/**
 * An object as JSON that keeps what `JSON.stringify` loses: a Map, Headers or FormData is an object (pairs where its keys
 * are not text, or repeat), a Set or a typed array is an array, bytes are base64, and an Error, RegExp, bigint, symbol,
 * function, NaN and the like are texts. `toJSON` is heeded. A circle ends with `[Circular]`, and what shows nothing of
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
    this.#budget.leave(...frame.owners)
    this.#put(frame.names === undefined ? ']' : '}')
  }

  /** False, and nothing written, for what JSON leaves out: undefined. */
  #add(head: string, key: string, given: unknown): boolean {
    if (typeof given === 'object' && given !== null && this.#budget.isInside(given))
      return this.#addText(head, CIRCULAR)
    const value = unboxed(shownOf(given, key))
    if (typeof value !== 'object' || value === null) return this.#addPrimitive(head, value)
    if (this.#budget.isInside(value)) return this.#addText(head, CIRCULAR)
    const text = isError(value) ? errorText(value, this.#budget, innerText) : (scalarText(value) ?? base64Of(value))
    return text === undefined ? this.#open(head, value, given as object) : this.#addText(head, text)
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
    const frame: Frame = { ...insideOf(value), owners: [value, given], at: 0, isEmpty: true }
    if (frame.names?.length === 0 && isOpaque(value)) return this.#addText(head, `[${kindOf(value)}]`)
    this.#budget.enter(...frame.owners)
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

type Inside = Pick<Frame, 'names' | 'length' | 'valueAt'>

function insideOf(value: object): Inside {
  if (Array.isArray(value)) return listed(value)
  if (types.isTypedArray(value)) return listed(value as unknown as ArrayLike<unknown>)
  if (types.isSet(value)) return listed([...Set.prototype.values.call(value)])
  const entries = entriesOf(value)
  if (entries === undefined) {
    const fields = value as Record<string, unknown>
    return named(Object.keys(value), (_, name) => fields[name])
  }
  const keys = entries.map(([key]) => key)
  const areNames = keys.every((key) => typeof key === 'string') && new Set(keys).size === keys.length
  return areNames ? named(keys as string[], (index) => entries[index]![1]) : listed(entries)
}

function named(names: readonly string[], read: (index: number, name: string) => unknown): Inside {
  return { names, length: names.length, valueAt: (index) => read(index, names[index]!) }
}

function listed(values: ArrayLike<unknown>): Inside {
  return { names: undefined, length: values.length, valueAt: (index) => values[index] }
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
