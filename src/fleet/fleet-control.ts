import { ProducerError } from '../core/errors.ts'
import { nearestName } from '../core/nearest-name.ts'
import type { Coordinator, Entry, MemberRecord, Table } from './coordinator/coordinator.ts'
import { type FleetInputSpec, type FleetSpec, fleetSpecOf, fleetSpecProblems } from './fleet-spec.ts'
import { type FleetInputStatus, type FleetStatus, fleetStatus } from './fleet-status.ts'
import { FleetView } from './fleet-view.ts'

const MAX_ATTEMPTS = 20

/** Administration of a fleet: shows it, changes its inputs, drains members. Works in an agent or in another program. */
export class FleetControl {
  /** The tables of the fleet as they are known here. */
  readonly view: FleetView
  readonly #coordinator: Coordinator

  constructor(coordinator: Coordinator, view: FleetView) {
    this.#coordinator = coordinator
    this.view = view
  }

  /** For a program that is not a member: reads the tables. The caller still closes the coordinator. */
  static async open(coordinator: Coordinator): Promise<FleetControl> {
    return new FleetControl(coordinator, await FleetView.open(coordinator))
  }

  /** Members and inputs, and which member runs which input, as known here. */
  status(): FleetStatus {
    return fleetStatus(this.view)
  }

  /** @throws ProducerError `ERR_LOGHUB_INPUT` when there is no such input */
  explain(id: string): FleetInputStatus {
    const found = this.status().inputs.find((input) => input.id === id)
    if (found === undefined) throw unknown('input', id, [...this.view.specs.keys()])
    return found
  }

  /**
   * Adds an input, or replaces its spec: then its owner restarts it from its checkpoint.
   * @returns whether it is new
   * @throws ProducerError `ERR_LOGHUB_OPTION` with everything that is wrong with it
   */
  async add(spec: FleetInputSpec): Promise<boolean> {
    const problems = fleetSpecProblems(spec)
    if (problems.length > 0) throw new ProducerError('ERR_LOGHUB_OPTION', problems.join('\n'))
    let isNew = false
    await change(this.#coordinator.specs, spec.id, (current: FleetSpec | undefined) => {
      isNew = current === undefined
      return fleetSpecOf(spec)
    })
    return isNew
  }

  /** Removes an input and its checkpoint: a later input with the same id starts from the beginning. */
  async remove(id: string): Promise<void> {
    const { specs, checkpoints, owners } = this.#coordinator
    if ((await specs.get(id)) === undefined) throw unknown('input', id, [...this.view.specs.keys()])
    await removeKey(specs, id)
    await removeKey(checkpoints, id)
    // A living owner removes its record when the input has ended. The record of a dead owner would stay for ever.
    const owner = this.view.owners.get(id)
    if (owner !== undefined && this.view.ownerOf(id) === undefined) await owners.remove(id, owner.revision)
  }

  /** Lets a member hand over its inputs and take no more. With false, it takes its share again. */
  async drain(member: string, isDraining = true): Promise<void> {
    await change(this.#coordinator.members, member, (current: MemberRecord | undefined) => {
      if (current === undefined) throw unknown('member', member, [...this.view.members.keys()])
      return { ...current, isDraining }
    })
  }

  /** Stops following the tables. The coordinator stays open. */
  close(): void {
    this.view.close()
  }
}

/** Reads, changes and writes a value; starts again when another writer was faster. */
async function change<T>(table: Table<T>, key: string, next: (current: T | undefined) => T): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current: Entry<T> | undefined = await table.get(key)
    if ((await table.put(key, next(current?.value), current?.revision ?? 0)) !== undefined) return
  }
  throw contended(key)
}

async function removeKey<T>(table: Table<T>, key: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const current = await table.get(key)
    if (current === undefined || (await table.remove(key, current.revision))) return
  }
  throw contended(key)
}

function contended(key: string): ProducerError {
  return new ProducerError('ERR_LOGHUB_FLEET', `${key}: other programs changed it at the same time; try again`, {
    retriable: true,
  })
}

function unknown(what: string, name: string, known: readonly string[]): ProducerError {
  const nearest = nearestName(name, known)
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return new ProducerError('ERR_LOGHUB_INPUT', `${name}: the fleet has no ${what} of this name${hint}`)
}
