import type { KindInputSpec } from '../agent/index.ts'

/** An input that a fleet runs: its spec as in `agent.yaml`, and where it may run. */
export interface FleetSpec {
  readonly input: KindInputSpec
  /** `one`: somewhere in the fleet, and somewhere else when that agent dies. `all`: on each agent. */
  readonly placement: 'one' | 'all'
  /** Only on members that have all of these labels. */
  readonly on: Readonly<Record<string, string>>
  /** How much work it is compared to the others. Default 1. */
  readonly cost: number
}

/** The form in which people write it: the input's own options, and beside them those of the fleet. */
export interface FleetInputSpec extends KindInputSpec {
  readonly placement?: 'one' | 'all'
  readonly on?: Readonly<Record<string, string>>
  readonly cost?: number
}

export function fleetSpecOf({ placement = 'one', on = {}, cost = 1, ...input }: FleetInputSpec): FleetSpec {
  return { input: input as KindInputSpec, placement, on, cost }
}

export function flatSpecOf({ input, placement, on, cost }: FleetSpec): FleetInputSpec {
  return { ...input, placement, ...(Object.keys(on).length > 0 && { on }), ...(cost !== 1 && { cost }) }
}
