import type { Log } from '../../sls/wire/log.ts'
import type { InputCounters } from '../write/input-counters.ts'

/** Logs to logs: changed, fewer or more. Never throws; what goes wrong with a log is counted and costs that log. */
export type Transform = (logs: readonly Log[], counters: InputCounters) => readonly Log[] | Promise<readonly Log[]>
