import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Clock } from '../../core/clock.ts'
import { toError } from '../../core/errors.ts'
import type { Log, Value } from '../../sls/wire/log.ts'
import { inputError } from '../host/input-error.ts'
import type { InputCounters } from '../write/input-counters.ts'
import {
  addStep,
  dropFieldsStep,
  type MutableLog,
  matchStep,
  redactStep,
  renameStep,
  type Step,
  type StepResult,
  sampleStep,
  throttleStep,
} from './steps.ts'
import type { Transform } from './transform.ts'
import type { TransformOptions } from './transform-options.ts'

export interface TransformParts {
  readonly clock: Clock
  readonly random: () => number
  /** Base of relative paths of modules. */
  readonly baseDirectory: string
}

/** Combines the transforms of an input into one; undefined if there are none. Rejects if a module cannot be loaded. */
export async function buildTransform(
  options: readonly TransformOptions[] | undefined,
  parts: TransformParts,
): Promise<Transform | undefined> {
  if (options === undefined || options.length === 0) return undefined
  const steps = await Promise.all(options.map((step) => buildStep(step, parts)))
  return (logs, counters) => runAll(logs, steps, counters)
}

function buildStep(options: TransformOptions, { clock, random, baseDirectory }: TransformParts): Step | Promise<Step> {
  switch (options.type) {
    case 'add':
      return addStep(options)
    case 'rename':
      return renameStep(options)
    case 'drop-fields':
      return dropFieldsStep(options)
    case 'keep':
    case 'drop':
      return matchStep(options)
    case 'redact':
      return redactStep(options)
    case 'sample':
      return sampleStep(options, random)
    case 'throttle':
      return throttleStep(options, clock)
    case 'module':
      return loadStep(resolve(baseDirectory, options.module))
  }
}

async function loadStep(path: string): Promise<Step> {
  try {
    const loaded = (await import(pathToFileURL(path).href)) as { default?: unknown }
    if (typeof loaded.default === 'function') return loaded.default as Step
  } catch (thrown) {
    throw inputError(`the transform ${path} cannot be loaded: ${toError(thrown).message}`, thrown)
  }
  throw inputError(`the transform ${path} must have a function as its default export`)
}

/** Synchronous as long as no step returns a promise. */
function runAll(
  logs: readonly Log[],
  steps: readonly Step[],
  counters: InputCounters,
): readonly Log[] | Promise<readonly Log[]> {
  const kept: Log[] = []
  for (const [index, log] of logs.entries()) {
    const result = runOne(mutable(log), steps, 0, counters)
    if (!isPromise(result)) {
      kept.push(...result)
      continue
    }
    return result.then(async (first) => {
      kept.push(...first)
      for (const rest of logs.slice(index + 1)) kept.push(...(await runOne(mutable(rest), steps, 0, counters)))
      return kept
    })
  }
  return kept
}

type Kept = readonly MutableLog[]

function runOne(log: MutableLog, steps: readonly Step[], from: number, counters: InputCounters): Kept | Promise<Kept> {
  const step = steps[from]
  if (step === undefined) return [log]
  try {
    const result = step(log)
    if (!isPromise(result)) return runResult(result, steps, from + 1, counters)
    return result.then(
      (settled) => runResult(settled, steps, from + 1, counters),
      () => lost(counters),
    )
  } catch {
    return lost(counters)
  }
}

function runResult(
  result: StepResult,
  steps: readonly Step[],
  from: number,
  counters: InputCounters,
): Kept | Promise<Kept> {
  if (result === undefined || result === null) {
    counters.filtered++
    return []
  }
  if (!Array.isArray(result))
    return isLog(result) ? runOne(result as MutableLog, steps, from, counters) : lost(counters)
  const results = result.map((log: MutableLog) => (isLog(log) ? runOne(log, steps, from, counters) : lost(counters)))
  return results.some(isPromise) ? Promise.all(results).then((lists) => lists.flat()) : (results as Kept[]).flat()
}

function lost(counters: InputCounters): Kept {
  counters.transformErrors++
  counters.filtered++
  return []
}

function isLog(value: unknown): boolean {
  return typeof (value as MutableLog | null)?.contents === 'object' && (value as MutableLog).contents !== null
}

function mutable(log: Log): MutableLog {
  const { contents } = log
  if (!Array.isArray(contents)) return { ...log, contents: contents as Record<string, Value> }
  return { ...log, contents: Object.fromEntries(contents as [string, Value][]) }
}

function isPromise<T>(value: T | Promise<T>): value is Promise<T> {
  return typeof (value as Promise<T> | undefined)?.then === 'function'
}
