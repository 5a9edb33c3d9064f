import { types } from 'node:util'

/** The text of an object that stands for one text or number; undefined for all others. By brand: it may be of another realm. */
export function scalarText(value: object): string | undefined {
  if (types.isDate(value)) {
    const ms = Date.prototype.getTime.call(value)
    return Number.isNaN(ms) ? 'Invalid Date' : new Date(ms).toISOString()
  }
  if (types.isRegExp(value)) return RegExp.prototype.toString.call(value)
  if (types.isBoxedPrimitive(value)) return String(unboxed(value))
  return value instanceof URL || value instanceof URLSearchParams ? value.toString() : undefined
}

/** The primitive in a `Number`, `String` or the like; any other value as it is. */
export function unboxed(value: unknown): unknown {
  if (!types.isBoxedPrimitive(value)) return value
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value)
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value)
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value)
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value)
  return types.isSymbolObject(value) ? Symbol.prototype.valueOf.call(value) : value
}

/** The bytes that an object holds, not copied; undefined for what holds none, and for arrays of larger numbers. */
export function bytesOf(value: object): Uint8Array | undefined {
  if (types.isUint8Array(value)) return value
  if (types.isAnyArrayBuffer(value)) return new Uint8Array(value)
  return types.isDataView(value) ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength) : undefined
}

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value)
}

/** The name of what an object is: `Map`, `Promise`, or that of its class. */
export function kindOf(value: object): string {
  const tag = Object.prototype.toString.call(value).slice(8, -1)
  const name: unknown = tag === 'Object' ? value.constructor?.name : tag
  return typeof name === 'string' && name !== '' ? name : 'Object'
}

/**
 * Whether an object is that of a literal. `constructor` tells it of nearly all: asking for the prototype is a call out of
 * compiled code, a tenth of what a short log costs (`bench/encode.mjs`).
 */
export function isPlainObject(value: object): boolean {
  if (value.constructor === Object) return true
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** The same for an array. */
export function isPlainArray(value: readonly unknown[]): boolean {
  return value.constructor === Array || Object.getPrototypeOf(value) === Array.prototype
}
