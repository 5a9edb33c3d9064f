import type { MemberRecord } from '../coordinator/coordinator.ts'
import { hasLabels, weightOf } from './eligibility.ts'
import { hashOf } from './rendezvous.ts'

/** An input with placement `one`. */
export interface Placeable {
  readonly id: string
  readonly on: Readonly<Record<string, string>>
  /** A whole number, so that sums are the same in any order of addition. */
  readonly cost: number
}

/** A member during placement, and the inputs that it should run. */
export class Seat {
  readonly name: string
  readonly member: MemberRecord
  readonly hash: number
  readonly weight: number
  readonly inputs = new Set<Placeable>()
  cost = 0

  constructor(name: string, member: MemberRecord) {
    this.name = name
    this.member = member
    this.hash = hashOf(name)
    this.weight = weightOf(member)
  }

  /** Cost per weight. */
  get level(): number {
    return this.cost / this.weight
  }

  /** The level with one more input. */
  levelWith({ cost }: Placeable): number {
    return (this.cost + cost) / this.weight
  }

  /** Whether the member has the labels of the input and has not refused it. */
  mayRun(input: Placeable): boolean {
    return this.weight > 0 && hasLabels(this.member.labels, input.on) && !this.refuses(input)
  }

  /** Whether the input could not start on this member. */
  refuses({ id }: Placeable): boolean {
    return Object.hasOwn(this.member.refused, id)
  }

  add(input: Placeable): void {
    this.inputs.add(input)
    this.cost += input.cost
  }

  delete(input: Placeable): void {
    this.inputs.delete(input)
    this.cost -= input.cost
  }
}
