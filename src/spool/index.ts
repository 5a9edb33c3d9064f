/** The classes of the spool that other layers use. */
export { DiskSpool } from './disk-spool.ts'
export { MemorySpool } from './memory-spool.ts'
export type { FoundRecord } from './scan-segment.ts'
export type { SpoolRecord } from './spool.ts'
export { type SlotReport, SpoolReader } from './spool-reader.ts'
