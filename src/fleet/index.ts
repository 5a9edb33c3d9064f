export type {
  Change,
  CheckpointRecord,
  Coordinator,
  Entry,
  MemberRecord,
  OwnerRecord,
  Table,
} from './coordinator/coordinator.ts'
export { MemoryCoordinator } from './coordinator/memory-coordinator.ts'
export {
  NatsCoordinator,
  type NatsCoordinatorOptions,
  type NatsCoordinatorParts,
} from './coordinator/nats-coordinator.ts'
export { Fleet, type FleetParts } from './fleet.ts'
export { FleetControl } from './fleet-control.ts'
export { type FleetInputSpec, type FleetSpec, flatSpecOf, fleetSpecOf, fleetSpecProblems } from './fleet-spec.ts'
export type { FleetInputStatus, FleetMemberStatus, FleetStatus } from './fleet-status.ts'
export { type FleetPlan, FleetView, type FleetViewEvents } from './fleet-view.ts'
export { FleetCheckpoints } from './member/fleet-checkpoints.ts'
export { FleetMember, type FleetMemberOptions, type MemberStatus } from './member/fleet-member.ts'
export type { InputHost } from './member/input-host.ts'
export type { OwnershipCounts } from './member/owned-inputs.ts'
