import type { MemberRecord } from '../coordinator/coordinator.ts'

/** Above this load the weight of a member falls, down to a quarter at load 1. */
const BUSY_LOAD = 0.75
const LEAST_SHARE = 0.25

/** Share of the work that a member takes compared to the others; 0 while it drains. */
export function weightOf({ weight, load, isDraining }: MemberRecord): number {
  if (isDraining) return 0
  const busy = Math.min(1, Math.max(0, (load - BUSY_LOAD) / (1 - BUSY_LOAD)))
  return weight * (1 - busy * (1 - LEAST_SHARE))
}

/** Whether a member has all labels that a spec asks for. */
export function hasLabels(labels: Readonly<Record<string, string>>, on: Readonly<Record<string, string>>): boolean {
  return Object.entries(on).every(([name, value]) => labels[name] === value)
}
