import { type Path, pathText } from '../agent/config/schema.ts'
import type { KindInputSpec } from '../agent/index.ts'

const MAX_DEPTH = 100

/**
 * Why a fleet cannot run an input that a single agent could run, and what to do instead; undefined if it can. A spec is stored as JSON
 * and any member may run it, so nothing in it may exist in one process only, and a `one` input must read the same data on every machine.
 */
export function sharingProblem(input: KindInputSpec, placement: 'one' | 'all' = 'one'): string | undefined {
  if ('input' in input) {
    return 'input: an input of code exists in one process only; make it a module, and add it with type: module'
  }
  if (input.type === 'stdin') {
    return 'type: stdin belongs to one process; put it in the inputs of the agent.yaml of that agent, or use loghub send'
  }
  if (input.type === 'host-metrics' && placement === 'one') {
    return 'placement: host-metrics measures the machine of its agent; use placement: all, and on to choose the machines'
  }
  return jsonProblem(input, [], [])
}

function jsonProblem(value: unknown, path: Path, parents: readonly object[]): string | undefined {
  if (value === undefined || value === null || typeof value === 'string' || typeof value === 'boolean') return undefined
  if (typeof value === 'number' && Number.isFinite(value)) return undefined
  const place = pathText(path)
  if (typeof value !== 'object' || !isPlain(value))
    return `${place}: must be JSON, because every agent of the fleet reads it`
  if (parents.includes(value)) return `${place}: must not contain itself`
  if (parents.length === MAX_DEPTH) return `${place}: must not be nested deeper than ${MAX_DEPTH}`
  for (const [key, part] of Object.entries(value)) {
    const problem = jsonProblem(part, [...path, Array.isArray(value) ? Number(key) : key], [...parents, value])
    if (problem !== undefined) return problem
  }
  return undefined
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return Array.isArray(value) || prototype === null || prototype === Object.prototype
}
