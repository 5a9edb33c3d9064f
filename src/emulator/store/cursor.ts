import { refusal } from '../http/service-error.ts'
import type { Shard } from './shard.ts'

// The cursors of a shard start at its creation time in nanoseconds, as in the documented example.
const NANOSECONDS = 1_000_000_000n

/** The cursor of a group: a decimal number in Base64 that increases by one with each group. */
export function cursorOf(shard: Shard, sequence: number): string {
  return Buffer.from(String(originOf(shard) + BigInt(sequence))).toString('base64')
}

/** The sequence number of a cursor. Refuses a cursor of another shard. */
export function sequenceOf(shard: Shard, cursor: string): number {
  const text = Buffer.from(cursor, 'base64').toString('latin1')
  if (!/^\d{1,19}$/.test(text)) throw refusal('InvalidCursor', `the cursor ${cursor} is invalid`)
  const sequence = BigInt(text) - originOf(shard)
  if (sequence < 0n || sequence > BigInt(shard.nextSequence)) {
    throw refusal('InvalidCursor', `the cursor ${cursor} is not one of shard ${shard.id}`)
  }
  return Number(sequence)
}

function originOf(shard: Shard): bigint {
  return BigInt(shard.createTime) * NANOSECONDS
}
