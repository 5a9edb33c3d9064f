import { idProblem } from '../agent/config/common-options.ts'
import { nonEmptyText, object, oneOf, pathText, problemsIn, record, wholeNumber } from '../agent/config/schema.ts'
import { specProblems } from '../agent/host/spec-problems.ts'
import type { KindInputSpec } from '../agent/index.ts'
import { sharingProblem } from './sharing-problem.ts'

/** An input that a fleet runs: its spec as in `agent.yaml`, and where it may run. */
export interface FleetSpec {
  /** What the agents run. */
  readonly input: KindInputSpec
  /** `one`: on one agent of the fleet, and on another one when that agent dies. `all`: on each agent. */
  readonly placement: 'one' | 'all'
  /** Only on members that have all of these labels. */
  readonly on: Readonly<Record<string, string>>
  /** How much work it is compared to other inputs, 1 to 1000. */
  readonly cost: number
}

/** The form that users write: the options of the input and those of the fleet in one object. */
export interface FleetInputSpec extends KindInputSpec {
  /** Default `one`. */
  readonly placement?: 'one' | 'all'
  /** Default: any member. */
  readonly on?: Readonly<Record<string, string>>
  /** Default 1. */
  readonly cost?: number
}

const sharingSchema = object(
  {},
  { placement: oneOf(['one', 'all']), on: record(nonEmptyText()), cost: wholeNumber(1, 1000) },
)

/** All problems of a spec, one line each. */
export function fleetSpecProblems(spec: FleetInputSpec): string[] {
  const { placement, on, cost, ...input } = spec
  const name = typeof spec.id === 'string' ? spec.id : 'the input'
  const options = problemsIn<unknown>(sharingSchema, { placement, on, cost })
  const problems = options.map(({ path, message }) => `${pathText(path)}: ${message}`)
  const unshared = sharingProblem(input as KindInputSpec, placement)
  if (unshared !== undefined) problems.push(unshared)
  // An input of code is refused as such: its own options do not matter.
  if (!('input' in input)) problems.push(...specProblems(input as KindInputSpec))
  // Where the type is unknown, `specProblems` checks nothing else.
  const id = problems.some((problem) => problem.startsWith('id')) ? undefined : idProblem(spec.id)
  return [...(id === undefined ? [] : [`id: ${id}`]), ...problems].map((problem) => `${name}: ${problem}`)
}

/** Converts from the form that users write. */
export function fleetSpecOf({ placement = 'one', on = {}, cost = 1, ...input }: FleetInputSpec): FleetSpec {
  return { input: input as KindInputSpec, placement, on, cost }
}

/** Converts to the form that users write. */
export function flatSpecOf({ input, placement, on, cost }: FleetSpec): FleetInputSpec {
  return { ...input, placement, ...(Object.keys(on).length > 0 && { on }), ...(cost !== 1 && { cost }) }
}
