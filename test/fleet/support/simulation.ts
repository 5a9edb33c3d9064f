import { MemoryCheckpoints } from '../../../src/agent/index.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { FleetCheckpoints, FleetMember, FleetView, fleetSpecOf, MemoryCoordinator } from '../../../src/fleet/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { IdleHost } from './idle-host.ts'
import { OwnClock } from './own-clock.ts'

export interface SimulationReport {
  readonly agents: number
  readonly inputs: number
  /** Inputs of the agent with the least and with the most, as parts of the mean. */
  readonly least: number
  readonly most: number
  /** Of the agent that died. */
  readonly orphans: number
  /** Inputs with another owner after the death. */
  readonly moved: number
  readonly leastAfter: number
  readonly mostAfter: number
  /** Inputs with another owner after a new agent had joined. */
  readonly movedToNew: number
  readonly writesToTables: number
}

/** A fleet of many agents, each with all of its own parts but for what it knows of the tables, which one copy can tell them all. */
export async function simulateFleet(agents: number, inputs: number): Promise<SimulationReport> {
  const clock = new ManualClock()
  const coordinator = new MemoryCoordinator()
  for (let i = 0; i < inputs; i++) {
    await coordinator.specs.put(`input-${i}`, fleetSpecOf({ id: `input-${i}`, type: 'http', port: 0 }), 0)
  }
  const view = await FleetView.open(coordinator)
  const clocks = new Map<string, OwnClock>()
  const join = (name: string) => {
    const own = new OwnClock(clock)
    clocks.set(name, own)
    return FleetMember.join({
      name,
      agent: new IdleHost(),
      checkpoints: new FleetCheckpoints(new MemoryCheckpoints()),
      coordinator,
      view,
      clock: own,
      logger: silentLogger,
      load: () => 0,
    })
  }
  const names = Array.from({ length: agents }, (_, i) => `agent-${i}`)
  await Promise.all(names.map(join))
  await clock.advance(3000)
  const before = ownersOf(view)
  const shares = sharesOf(before, names)

  const victim = names[Math.floor(agents / 3)]!
  clocks.get(victim)!.kill()
  await clock.advance(20_000)
  const after = ownersOf(view)
  const living = names.filter((name) => name !== victim)
  const sharesAfter = sharesOf(after, living)

  await join('agent-new')
  await clock.advance(10_000)
  const last = ownersOf(view)
  const newest = (await coordinator.owners.put('last', { member: '', session: '', since: 0, reason: '' }, 0))!
  return {
    agents,
    inputs,
    ...{ least: Math.min(...shares), most: Math.max(...shares) },
    orphans: [...before.values()].filter((name) => name === victim).length,
    moved: movedBetween(before, after),
    ...{ leastAfter: Math.min(...sharesAfter), mostAfter: Math.max(...sharesAfter) },
    movedToNew: movedBetween(after, last),
    writesToTables: newest,
  }
}

function ownersOf(view: FleetView): Map<string, string> {
  return new Map([...view.specs.keys()].map((id) => [id, view.ownerOf(id) ?? 'nobody']))
}

/** How many inputs each has, as a part of the mean. */
function sharesOf(owners: ReadonlyMap<string, string>, names: readonly string[]): number[] {
  const counts = new Map(names.map((name) => [name, 0]))
  for (const name of owners.values()) counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts.values()].map((count) => (count * names.length) / owners.size)
}

function movedBetween(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): number {
  return [...before].filter(([id, name]) => after.get(id) !== name).length
}
