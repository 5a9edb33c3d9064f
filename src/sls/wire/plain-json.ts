import { isPlainArray, isPlainObject } from './scalar-text.ts'

// A node costs 1, and 128 characters of text as much: what costs more is written by the slower way, which measures.
const MOST = 65_536
const DEEPEST = 100
const CHARACTERS_SHIFT = 7

/**
 * Whether `JSON.stringify` writes all that an object carries, and soon: plain objects and arrays of texts, finite numbers
 * and the like. It would leave out functions and symbols, write `{}` for a Map and null for NaN, and never end for some
 * graphs. Looking first costs less than a replacer or than writing the text here (`bench/encode.mjs`).
 */
export function isPlainJson(value: object): boolean {
  return spend(value, MOST, DEEPEST) >= 0
}

/** What is left of `budget`; below 0 when it is used up or something is not plain. */
function spend(value: object, budget: number, deepest: number): number {
  if (deepest === 0) return -1
  if (Array.isArray(value)) return spendArray(value, budget, deepest)
  if (!isPlainObject(value)) return -1
  let left = budget
  for (const key in value) {
    left -= 1 + (key.length >> CHARACTERS_SHIFT)
    left = spendOne((value as Record<string, unknown>)[key], left, deepest)
    if (left < 0) return -1
  }
  return left
}

function spendArray(values: readonly unknown[], budget: number, deepest: number): number {
  if (!isPlainArray(values)) return -1
  let left = budget
  for (let i = 0; i < values.length && left >= 0; i++) left = spendOne(values[i], left - 1, deepest)
  return left
}

function spendOne(value: unknown, budget: number, deepest: number): number {
  switch (typeof value) {
    case 'string':
      return budget - (value.length >> CHARACTERS_SHIFT)
    case 'number':
      return Number.isFinite(value) ? budget : -1
    case 'boolean':
    case 'undefined':
      return budget
    case 'object':
      return value === null ? budget : spend(value, budget, deepest - 1)
    default:
      return -1
  }
}
