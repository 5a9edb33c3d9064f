import type { FleetView } from './fleet-view.ts'
import { hasLabels } from './placement/eligibility.ts'

/** The members and inputs of a fleet, and which member runs which input. */
export interface FleetStatus {
  /** By name. */
  readonly members: readonly FleetMemberStatus[]
  /** By id. */
  readonly inputs: readonly FleetInputStatus[]
}

/** A member as the others know it. */
export interface FleetMemberStatus {
  /** Its name in the fleet. */
  readonly name: string
  /** Labels that specs select members by, with `on`. */
  readonly labels: Readonly<Record<string, string>>
  /** Share of the work compared to the other members. */
  readonly weight: number
  /** Load of its process, from 0 to 1. */
  readonly load: number
  /** It hands over its inputs and takes none. */
  readonly isDraining: boolean
  /** Number of `one` inputs that it owns. */
  readonly owned: number
  /** Number of `one` inputs that it should own. */
  readonly planned: number
  /** Epoch milliseconds, by its own clock. */
  readonly startedAt: number
  /** When it renewed its lease last, in epoch milliseconds by its own clock. */
  readonly renewedAt: number
}

/** An input of a fleet, and who runs it. */
export interface FleetInputStatus {
  /** The id of its spec. */
  readonly id: string
  /** The kind of the input. */
  readonly type: string
  /** `one`: somewhere in the fleet. `all`: on each member. */
  readonly placement: 'one' | 'all'
  /** Labels that a member must have to run it. */
  readonly on: Readonly<Record<string, string>>
  /** How much work it is compared to other inputs. */
  readonly cost: number
  /** For `one`: the living member that owns it. */
  readonly owner: string | undefined
  /** Since when, in epoch milliseconds by the clock of the owner. */
  readonly since: number | undefined
  /** Why it runs there. */
  readonly reason: string | undefined
  /** The fencing token of the owner. */
  readonly token: number | undefined
  /** For `one`: the member that should own it. */
  readonly planned: string | undefined
  /** For `all`: the members that run it. */
  readonly members: readonly string[]
  /** Why it does not run, or for `all` not on every member; undefined if there is no problem. */
  readonly problem: string | undefined
}

export function fleetStatus(view: FleetView): FleetStatus {
  const owned = new Map<string, number>()
  for (const id of view.owners.keys()) {
    const owner = view.ownerOf(id)
    if (owner !== undefined) owned.set(owner, (owned.get(owner) ?? 0) + 1)
  }
  const members = [...view.members].map(([name, { value }]) => ({
    name,
    labels: value.labels,
    weight: value.weight,
    load: value.load,
    isDraining: value.isDraining,
    owned: owned.get(name) ?? 0,
    planned: view.plan.inputsOf.get(name)?.size ?? 0,
    startedAt: value.startedAt,
    renewedAt: value.renewedAt,
  }))
  const inputs = [...view.specs.keys()].map((id) => inputStatus(view, id))
  return { members: members.sort(byName), inputs: inputs.sort(byId) }
}

function inputStatus(view: FleetView, id: string): FleetInputStatus {
  const { input, placement, on, cost } = view.specs.get(id)!.value
  const owner = placement === 'one' ? view.ownerOf(id) : undefined
  const record = owner === undefined ? undefined : view.owners.get(id)
  const able = [...view.members].filter(([, { value }]) => hasLabels(value.labels, on)).map(([name]) => name)
  const running = able.filter((name) => !Object.hasOwn(view.members.get(name)!.value.refused, id))
  return {
    id,
    type: input.type,
    placement,
    on,
    cost,
    owner,
    since: record?.value.since,
    reason: record?.value.reason,
    token: record?.revision,
    planned: placement === 'one' ? view.plan.memberOf.get(id) : undefined,
    members: placement === 'all' ? running.sort() : [],
    problem: problemOf(view, id, able, owner),
  }
}

function problemOf(
  view: FleetView,
  id: string,
  able: readonly string[],
  owner: string | undefined,
): string | undefined {
  const { placement, on } = view.specs.get(id)!.value
  if (view.members.size === 0) return 'the fleet has no members'
  if (able.length === 0) return `no member has the labels ${labelsText(on)}`
  if (owner !== undefined) return undefined
  const planned = view.plan.memberOf.get(id)
  if (planned !== undefined) return `${planned} is to take it`
  const record = (name: string) => view.members.get(name)!.value
  const refusals = able.flatMap((name) => {
    const { refused } = record(name)
    return Object.hasOwn(refused, id) ? [`${name}: ${refused[id]}`] : []
  })
  if (refusals.length > 0) return `it could not start: ${refusals.join('; ')}`
  if (placement === 'all') return undefined
  return `the members that could run it are draining: ${able.join(', ')}`
}

/** `zone=a, disk=ssd` */
export function labelsText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ')
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1
}

function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : 1
}
