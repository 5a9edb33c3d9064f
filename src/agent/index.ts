export { AdminServer, type AdminServerOptions } from './admin/admin-server.ts'
export { type ServedProducer, type ServeProducerOptions, serveProducer } from './admin/producer-server.ts'
export type { Metric, Sample } from './admin/prometheus-text.ts'
export {
  type AddOptions,
  Agent,
  type AgentCloseReport,
  type AgentEvents,
  type AgentOptions,
  type AgentStatus,
  type RemoveOptions,
} from './agent.ts'
export {
  type CheckpointStore,
  type CheckpointValue,
  MemoryCheckpoints,
  readCheckpoint,
} from './checkpoint/checkpoint-store.ts'
export { FileCheckpoints, type FileCheckpointsParts } from './checkpoint/file-checkpoints.ts'
export { type AgentConfig, agentJsonSchema } from './config/agent-config.ts'
export type { ReadConfig } from './config/config-document.ts'
export type { FleetOptions } from './config/fleet-options.ts'
export { readConfig } from './config/read-config.ts'
export type { AgentHealth } from './host/agent-health.ts'
export type { ComponentHealth } from './host/heartbeat.ts'
export type { InputStatus } from './host/hosted-input.ts'
export type { RestartOptions } from './host/restart-policy.ts'
export type { InputState } from './host/supervisor.ts'
export type {
  CodeInputSpec,
  CommonInputSpec,
  Input,
  InputCheckpoint,
  InputContext,
  InputSpec,
  KindInputSpec,
} from './input.ts'
export { type EveryOptions, every, type GatherContext } from './inputs/every.ts'
export { follow } from './inputs/follow.ts'
export type { ScheduleOptions } from './schedule/schedule.ts'
export type { AgentProducer, ProducerReading } from './write/agent-producer.ts'
export type { InputCounts } from './write/input-counters.ts'
export {
  InputWriter,
  type ListSettled,
  type SomeLinesSettled,
  type WriteAllOptions,
  type WriteTime,
} from './write/input-writer.ts'
export type { TapListener } from './write/tap.ts'
export type { Verdict } from './write/verdict.ts'
