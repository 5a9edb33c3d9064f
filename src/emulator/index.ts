export type { Credentials } from './auth/credentials.ts'
export type { EmulatorStats } from './counters.ts'
export { Emulator, type LogstoreName, type NewLogstore, startEmulator } from './emulator.ts'
export type { EmulatorInspection, LogstoreFigures } from './inspection.ts'
export type { EmulatorOptions } from './options.ts'
export type { RequestRecord } from './request-log.ts'
export type {
  ScriptEffect,
  ScriptHandle,
  ScriptMatch,
  ScriptRequest,
  ScriptRule,
  ScriptRuleState,
} from './script/script.ts'
export type { Quota } from './script/token-bucket.ts'
export type { StoreStats } from './store/store.ts'
export type { NewLog, StoredLog } from './store/stored-log.ts'
export type { SecondFigures } from './throughput.ts'
