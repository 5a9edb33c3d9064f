import type { Metric } from '../../agent/index.ts'
import type { FleetView } from '../fleet-view.ts'
import type { FleetMember, MemberStatus } from '../member/fleet-member.ts'

/**
 * Metrics of this member, and of the fleet as this member knows it.
 * @param member undefined until the servers have been reached
 */
export function fleetMetrics(member: FleetMember | undefined): Metric[] {
  const isUp = member !== undefined && member.status().state !== 'waiting'
  const up = gauge('loghub_fleet_member_up', '1 while this agent is a member and holds its lease.', isUp ? 1 : 0)
  return member === undefined ? [up] : [up, ...ofMember(member.status()), ...ofFleet(member.view)]
}

function ofMember({ leaseRemainingMs, owned, everywhere, counts }: MemberStatus): Metric[] {
  return [
    gauge(
      'loghub_fleet_lease_remaining_seconds',
      'How long this member may write without another renewal.',
      leaseRemainingMs / 1000,
    ),
    gauge('loghub_fleet_owned_inputs', 'Inputs with placement one that this member runs.', owned.length),
    gauge('loghub_fleet_everywhere_inputs', 'Inputs with placement all that this member runs.', everywhere.length),
    counter('loghub_fleet_acquired_total', 'Inputs that this member acquired.', counts.acquired),
    counter('loghub_fleet_taken_over_total', 'Acquired inputs whose former owner had died.', counts.takenOver),
    counter('loghub_fleet_released_total', 'Inputs that this member released.', counts.released),
    counter('loghub_fleet_lapsed_total', 'Inputs that this member stopped because its lease had ended.', counts.lapsed),
    counter('loghub_fleet_conflicts_total', 'Inputs that another member acquired first.', counts.conflicts),
    counter('loghub_fleet_evicted_total', 'Dead members that this member removed.', counts.evicted),
  ]
}

function ofFleet(view: FleetView): Metric[] {
  const ones = [...view.specs].filter(([, { value }]) => value.placement === 'one').map(([id]) => id)
  const unowned = ones.filter((id) => view.ownerOf(id) === undefined).length
  return [
    gauge('loghub_fleet_members', 'Known members.', view.members.size),
    gauge('loghub_fleet_inputs', 'Inputs of the fleet.', view.specs.size),
    gauge('loghub_fleet_inputs_unowned', 'Inputs with placement one that nobody runs.', unowned),
  ]
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, type: 'gauge', help, samples: [{ labels: {}, value }] }
}

function counter(name: string, help: string, value: number): Metric {
  return { name, type: 'counter', help, samples: [{ labels: {}, value }] }
}
