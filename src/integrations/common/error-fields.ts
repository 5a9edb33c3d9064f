import { types } from 'node:util'

const MAX_CAUSES = 8
const MAX_INNER_ERRORS = 32

/**
 * An Error as a plain object: type, message, code and other own properties, stack, cause and, of an AggregateError, its
 * inner errors. Chains and cycles of causes end after {@link MAX_CAUSES}.
 */
export function errorFields(error: Error, depth = 0): Record<string, unknown> {
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
  if (Array.isArray(errors)) fields.errors = errors.slice(0, MAX_INNER_ERRORS).map((each) => inner(each, depth))
  return fields
}

function inner(value: unknown, depth: number): unknown {
  if (!(value instanceof Error || types.isNativeError(value))) return value
  return depth < MAX_CAUSES ? errorFields(value, depth + 1) : value.message
}
