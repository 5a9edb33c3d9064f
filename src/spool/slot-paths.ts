import { join } from 'node:path'

/** The names of the files of a slot (docs/spool-format.md). */
export const SEGMENT_NAME = /^([0-9a-f]{8})\.segment$/
export const SETTLED_NAME = /^([0-9a-f]{8})\.settled$/
/** A segment that was retired on a full disk, while the ledger could not say so. */
export const RETIRED_NAME = /^([0-9a-f]{8})\.retired$/
export const LEDGER_NAME = 'ledger'
export const SLOT_NAME = /^slot-(\d{1,6})$/

export function segmentPath(directory: string, number: number): string {
  return join(directory, `${fileNumber(number)}.segment`)
}

export function settledPath(directory: string, number: number): string {
  return join(directory, `${fileNumber(number)}.settled`)
}

export function retiredPath(directory: string, number: number): string {
  return join(directory, `${fileNumber(number)}.retired`)
}

export function ledgerPath(directory: string): string {
  return join(directory, LEDGER_NAME)
}

export function quarantinePath(directory: string): string {
  return join(directory, 'quarantine')
}

function fileNumber(number: number): string {
  return number.toString(16).padStart(8, '0')
}
