/**
 * The value of a field: anything. It is stored as text, without losing information:
 *
 * - a number or bigint in decimal digits (also `NaN` and `Infinity`; -0 as `0`), a boolean as `true` or `false`; `null` is the
 *   empty text, and an `undefined` field is left out
 * - a Date as ISO 8601, `Invalid Date` where it is none; a RegExp, URL, URLSearchParams or boxed primitive as its text
 * - a Uint8Array, Buffer, ArrayBuffer or DataView as the bytes that it holds
 * - an Error as its stack, with its own fields as JSON, its causes, and the errors of an AggregateError
 * - any other object as JSON, which may hold all of the above: bytes in it are base64, an Error, a bigint, NaN, a symbol or
 *   a function is a text, a Map an object or pairs, a Set or typed array an array, a circular reference `[Circular]`
 *
 * A log is refused with `ERR_LOGHUB_INVALID_LOG` if a value is a function or symbol, or if a getter or `toJSON` throws.
 */
export type Value = unknown

/** An object of fields, of any type: a literal, an interface, a class, a record. Its own enumerable fields count. */
export type Fields = ({ readonly [key: string]: Value } | object) & NotFields

/** In no object of fields, but in a Map, Set, Buffer, Headers, function, Date or RegExp, which are refused at run time. */
interface NotFields {
  readonly [Symbol.iterator]?: never
  readonly [Symbol.hasInstance]?: never
  readonly [Symbol.toPrimitive]?: never
  readonly [Symbol.match]?: never
}

/**
 * The fields of a log, as an object or, if keys repeat or their order matters, as pairs. At least one field has a value;
 * no key is empty.
 */
export type Contents = Fields | readonly (readonly [key: string, value: Value])[]

/** One log. It is read and encoded inside `send`: later changes have no effect. */
export interface Log {
  /** The fields of the log. */
  readonly contents: Contents
  /**
   * The time of the log: a Date or epoch milliseconds, 1970 to 2106. Stored in seconds. A number that looks like seconds
   * (100,000,000 to 4,294,967,295), microseconds or nanoseconds is refused.
   * @default now
   */
  readonly time?: Date | number | undefined
  /**
   * The nanosecond part of the time (`Time_ns`), 0 to 999,999,999. `'from-time'` takes it from `time`: its milliseconds and,
   * where it is a number with a fraction, what is below them (of today's times a number holds a quarter of a microsecond).
   * @default none is stored
   */
  readonly nanoseconds?: number | 'from-time' | undefined
}

/** The fields of a LogGroup that all of its logs share. */
export interface GroupFields {
  readonly topic: string
  readonly source: string
  readonly tags: readonly (readonly [key: string, value: string])[]
}
