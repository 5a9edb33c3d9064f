/**
 * A field's value. Stored as text: numbers, booleans and bigints in their decimal form, a Date as ISO 8601, an Error as
 * its stack, bytes as they are, any other object as JSON. `null` is the empty string; an `undefined` field is left out.
 */
export type Value = string | number | boolean | bigint | Date | Error | Uint8Array | object | null | undefined

/** The fields of a log, as an object or, where keys repeat or their order matters, as pairs. */
export type Contents = { readonly [key: string]: Value } | readonly (readonly [key: string, value: Value])[]

export interface Log {
  readonly contents: Contents
  /** When it happened: a Date or epoch milliseconds. Stored in seconds. Default: now. */
  readonly time?: Date | number
  /** The nanosecond part of the time, 0 to 999,999,999 (`Time_ns`). Default: none is stored. */
  readonly nanoseconds?: number
}

/** The parts of a LogGroup that all of its logs share. */
export interface GroupFields {
  readonly topic: string
  readonly source: string
  readonly tags: readonly (readonly [key: string, value: string])[]
}
