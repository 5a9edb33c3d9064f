import type { FleetSpec } from '../fleet-spec.ts'
import type { CheckpointRecord, MemberRecord, OwnerRecord } from './coordinator.ts'

/** Whether a value is a record of its table. Unknown fields are accepted: a newer version may have written them. */
export type Shape<T> = (value: unknown, key: string) => value is T

type Fields = Record<string, unknown>

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const isText = (value: unknown): value is string => typeof value === 'string'
const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isAbove0 = (value: unknown) => isNumber(value) && value > 0
const isTextMap = (value: unknown) => isObject(value) && Object.values(value).every(isText)

export function isMemberRecord(value: unknown): value is MemberRecord {
  return (
    isObject(value) &&
    isText(value.session) &&
    isTextMap(value.labels) &&
    isAbove0(value.weight) &&
    isNumber(value.load) &&
    typeof value.isDraining === 'boolean' &&
    isTextMap(value.refused) &&
    isAbove0(value.leaseMs)
  )
}

export function isFleetSpec(value: unknown, key: string): value is FleetSpec {
  return (
    isObject(value) &&
    isObject(value.input) &&
    value.input.id === key &&
    isText(value.input.type) &&
    (value.placement === 'one' || value.placement === 'all') &&
    isTextMap(value.on) &&
    isAbove0(value.cost)
  )
}

export function isOwnerRecord(value: unknown): value is OwnerRecord {
  return isObject(value) && isText(value.member) && isText(value.session)
}

export function isCheckpointRecord(value: unknown): value is CheckpointRecord {
  return isObject(value) && isNumber(value.token)
}
