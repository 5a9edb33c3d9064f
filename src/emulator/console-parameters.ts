import { HttpError } from '../server/http-error.ts'
import { wholeNumberOf } from './http/whole-number.ts'

/** A whole number of a feed's query, 0 or more. Refuses other values, and a missing one without a default. */
export function numberOf(query: URLSearchParams, name: string, byDefault?: number): number {
  const text = query.get(name)
  const value = text === null || text === '' ? byDefault : wholeNumberOf(text)
  if (value !== undefined && value >= 0) return value
  throw new HttpError(400, `${name} must be a whole number`)
}
