import type { MemberRecord } from '../../../src/fleet/index.ts'

/** The record of an ordinary member. */
export function memberRecord(fields: Partial<MemberRecord> = {}): MemberRecord {
  return {
    session: 's',
    labels: {},
    weight: 1,
    load: 0,
    isDraining: false,
    refused: {},
    leaseMs: 10_000,
    startedAt: 0,
    renewedAt: 0,
    ...fields,
  }
}
