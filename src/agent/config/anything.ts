import type { Schema } from './schema.ts'

/** Accepts every value: other code checks it. */
export function anything(description?: string): Schema<unknown> {
  return { check: () => {}, jsonSchema: () => (description === undefined ? {} : { description }) }
}
