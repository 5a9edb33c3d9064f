export type {
  Change,
  CheckpointRecord,
  Coordinator,
  Entry,
  MemberRecord,
  OwnerRecord,
  Table,
} from './coordinator.ts'
export { type FleetInputSpec, type FleetSpec, flatSpecOf, fleetSpecOf } from './fleet-spec.ts'
export { MemoryCoordinator } from './memory-coordinator.ts'
