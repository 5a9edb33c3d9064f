/**
 * Whether a value is an object whose fields have names. A list, bytes and a `String` have a field for each of their items:
 * they are never what is meant, and to look through the fields of ten megabytes takes seconds.
 */
export function hasNames(value: unknown): value is object {
  return typeof value === 'object' && value !== null && kindOf(value) === 'an object'
}

/** For messages: what kind of object it is. Never throws. */
export function kindOf(value: object): string {
  try {
    if (Array.isArray(value)) return 'an array'
    if (ArrayBuffer.isView(value)) return 'bytes'
    return value instanceof String ? 'a String' : 'an object'
  } catch {
    // A proxy that was revoked, or one that throws.
    return 'an object'
  }
}
