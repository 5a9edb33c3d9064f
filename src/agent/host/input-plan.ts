import { isDeepStrictEqual } from 'node:util'
import { nearestName } from '../../core/nearest-name.ts'
import { idProblem } from '../config/common-options.ts'
import { stdinProblem } from '../config/stdin-problem.ts'
import type { InputSpec } from '../input.ts'

/** The effect of a change. Inputs that are in none of the lists continue. */
export interface InputPlan {
  /** Ids of inputs to stop. */
  readonly remove: readonly string[]
  /** Inputs to start, including those that replace one with the same id. */
  readonly start: readonly InputSpec[]
}

export type Change =
  | { readonly kind: 'add'; readonly specs: readonly InputSpec[] }
  | { readonly kind: 'replace'; readonly specs: readonly InputSpec[] }
  | { readonly kind: 'remove'; readonly ids: readonly string[] }
  /** These become the only inputs. */
  | { readonly kind: 'apply'; readonly specs: readonly InputSpec[] }

/** Plans a change, or returns everything that is wrong with it. `problemsOf` checks a single spec. */
export function planChange(
  change: Change,
  current: ReadonlyMap<string, InputSpec>,
  problemsOf: (spec: InputSpec) => readonly string[],
): InputPlan | { readonly problems: readonly string[] } {
  const problems =
    change.kind === 'remove' ? removalProblems(change.ids, current) : specProblems(change, current, problemsOf)
  if (problems.length > 0) return { problems }
  switch (change.kind) {
    case 'add':
      return { remove: [], start: change.specs }
    case 'replace':
      return { remove: change.specs.map(({ id }) => id), start: change.specs }
    case 'remove':
      return { remove: [...new Set(change.ids)], start: [] }
    case 'apply':
      return difference(change.specs, current)
  }
}

function difference(specs: readonly InputSpec[], current: ReadonlyMap<string, InputSpec>): InputPlan {
  const start = specs.filter((spec) => !isSameSpec(spec, current.get(spec.id)))
  const wanted = new Set(specs.map(({ id }) => id))
  const gone = [...current.keys()].filter((id) => !wanted.has(id))
  const changed = start.map(({ id }) => id).filter((id) => current.has(id))
  return { remove: [...gone, ...changed], start }
}

function isSameSpec(spec: InputSpec, other: InputSpec | undefined): boolean {
  if (other === undefined) return false
  const { input, ...rest } = spec as { input?: unknown }
  const { input: otherInput, ...otherRest } = other as { input?: unknown }
  return input === otherInput && isDeepStrictEqual(rest, otherRest)
}

function removalProblems(ids: readonly string[], current: ReadonlyMap<string, InputSpec>): string[] {
  return [...new Set(ids)].filter((id) => !current.has(id)).map((id) => unknownId(id, [...current.keys()]))
}

function specProblems(
  change: Exclude<Change, { kind: 'remove' }>,
  current: ReadonlyMap<string, InputSpec>,
  problemsOf: (spec: InputSpec) => readonly string[],
): string[] {
  const problems: string[] = []
  const seen = new Set<string>()
  for (const [index, spec] of change.specs.entries()) {
    const id = (spec as InputSpec | null)?.id
    const problem = idProblem(id)
    if (id === undefined || problem !== undefined) {
      problems.push(`inputs[${index}]: id ${problem}${id === undefined ? '; it has none' : ''}`)
      continue
    }
    if (seen.has(id)) problems.push(`${id}: the id is given twice`)
    else if (change.kind === 'add' && current.has(id)) problems.push(`${id}: there is an input of this id; use replace`)
    else if (change.kind === 'replace' && !current.has(id)) problems.push(unknownId(id, [...current.keys()]))
    seen.add(id)
    problems.push(...problemsOf(spec).map((problem) => `${id}: ${problem}`))
  }
  const kept = change.kind === 'apply' ? [] : [...current.values()].filter(({ id }) => !seen.has(id))
  const unshared = stdinProblem([...kept, ...change.specs])
  return unshared === undefined ? problems : [...problems, unshared]
}

function unknownId(id: string, known: readonly string[]): string {
  const nearest = nearestName(id, known)
  return `${id}: there is no input of this id${nearest === undefined ? '' : `; did you mean ${nearest}?`}`
}
