export type {
  Change,
  CheckpointRecord,
  Coordinator,
  Entry,
  MemberRecord,
  OwnerRecord,
  Table,
} from './coordinator.ts'
export { FleetControl } from './fleet-control.ts'
export { type FleetInputSpec, type FleetSpec, flatSpecOf, fleetSpecOf, fleetSpecProblems } from './fleet-spec.ts'
export type { FleetInputStatus, FleetMemberStatus, FleetStatus } from './fleet-status.ts'
export { MemoryCoordinator } from './memory-coordinator.ts'
