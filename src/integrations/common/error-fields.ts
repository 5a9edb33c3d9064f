import { types } from 'node:util'

const MAX_CAUSES = 8
const MAX_ERRORS = 32

/**
 * An Error as a plain object: type, message, code and other own properties, stack, cause and, of an AggregateError, its
 * inner errors. At most {@link MAX_CAUSES} causes deep and {@link MAX_ERRORS} errors in all, since errors may hold each
 * other: of those beyond there is the message.
 */
export function errorFields(error: Error): Record<string, unknown> {
  let errorsLeft = MAX_ERRORS
  return fieldsAt(error, 0)

  function fieldsAt(error: Error, depth: number): Record<string, unknown> {
    const fields: Record<string, unknown> = {
      type: error.constructor?.name || error.name,
      message: error.message,
      stack: error.stack,
    }
    for (const [key, value] of Object.entries(error)) {
      if (!(key in fields) && key !== 'cause' && key !== 'errors') fields[key] = value
    }
    if (error.cause !== undefined) fields.cause = inner(error.cause, depth)
    const { errors } = error as AggregateError
    if (Array.isArray(errors)) fields.errors = errors.slice(0, MAX_ERRORS).map((each) => inner(each, depth))
    return fields
  }

  function inner(value: unknown, depth: number): unknown {
    if (!(value instanceof Error || types.isNativeError(value))) return value
    return depth < MAX_CAUSES && errorsLeft-- > 0 ? fieldsAt(value, depth + 1) : value.message
  }
}
