import type { Log } from '../../sls/wire/log.ts'
import type { InputCounters } from '../write/input-counters.ts'

/** Converts logs to logs: changed, fewer or more. Never throws: a log that fails is dropped and counted. */
export type Transform = (logs: readonly Log[], counters: InputCounters) => readonly Log[] | Promise<readonly Log[]>
