import { refusal } from '../http/service-error.ts'
import { wholeNumberOf } from '../http/whole-number.ts'

/** The settings of CreateLogstore and UpdateLogstore, with the defaults of the service. */
export interface LogstoreSettings {
  readonly logstoreName: string
  /** Days after which logs expire; with 3650 they never do. */
  readonly ttl: number
  readonly shardCount: number
  readonly enable_tracking: boolean
  readonly autoSplit: boolean
  readonly maxSplitShard: number
  readonly appendMeta: boolean
  readonly telemetryType: string
  readonly mode: string
  readonly hot_ttl: number
  readonly infrequentAccessTTL: number
  readonly archiveSeconds: number
  readonly [setting: string]: unknown
}

/** Names of projects and logstores: less strict than documented, as official clients are. Safe as folder names. */
export const NAME = /^[0-9A-Za-z_-]{1,128}$/

/** `ttl` of logs that never expire. */
export const FOR_EVER_DAYS = 3650

const MOST_SETTINGS_BYTES = 8192

/** GetLogstore always shows these, because SDKs read them without checking. */
const DEFAULTS = {
  ttl: 30,
  enable_tracking: false,
  autoSplit: false,
  maxSplitShard: 0,
  appendMeta: false,
  telemetryType: '',
  mode: 'standard',
  hot_ttl: 0,
  infrequentAccessTTL: 0,
  archiveSeconds: 0,
  resourceQuota: '',
  processorId: '',
  productType: '',
}

// Some SDKs send these as text or null.
const FLAGS = ['enable_tracking', 'autoSplit', 'appendMeta'] as const
const NUMBERS = ['ttl', 'shardCount', 'maxSplitShard', 'hot_ttl', 'infrequentAccessTTL', 'archiveSeconds'] as const

/** The settings of a new logstore. Throws a refusal for invalid ones. */
export function completeSettings(given: Readonly<Record<string, unknown>>, shards: number): LogstoreSettings {
  const { logstoreName } = given
  if (typeof logstoreName !== 'string' || !NAME.test(logstoreName)) {
    throw refusal('LogStoreInfoInvalid', `logstore name ${logstoreName} is invalid`)
  }
  return checked({ ...DEFAULTS, shardCount: shards, ...withoutNulls(given) })
}

/** Applies changes to settings. The name and the number of shards do not change. */
export function changedSettings(
  settings: LogstoreSettings,
  changes: Readonly<Record<string, unknown>>,
): LogstoreSettings {
  const { logstoreName, shardCount } = settings
  const { shardCount: wanted } = changes
  if (wanted !== undefined && wanted !== null && wholeNumberOf(wanted) !== shardCount) {
    throw refusal('ParameterInvalid', 'shardCount cannot be changed: split or merge shards')
  }
  return checked({ ...settings, ...withoutNulls(changes), logstoreName, shardCount })
}

function checked(merged: Record<string, unknown>): LogstoreSettings {
  const settings = { ...merged }
  for (const name of FLAGS) settings[name] = flagOf(name, settings[name])
  for (const name of NUMBERS) settings[name] = numberOf(name, settings[name])
  const { ttl, shardCount } = settings as LogstoreSettings
  if (ttl < 1 || ttl > FOR_EVER_DAYS) {
    throw refusal('LogStoreInfoInvalid', 'ttl value is out of range')
  }
  if (shardCount < 1 || shardCount > 100) {
    throw refusal('LogStoreInfoInvalid', 'shardCount is out of range')
  }
  if (Buffer.byteLength(JSON.stringify(settings)) > MOST_SETTINGS_BYTES) {
    throw refusal('LogStoreInfoInvalid', `the settings are longer than ${MOST_SETTINGS_BYTES} bytes`)
  }
  return settings as LogstoreSettings
}

function numberOf(name: string, value: unknown): number {
  const number = wholeNumberOf(value)
  if (number !== undefined) return number
  throw refusal('LogStoreInfoInvalid', `${name} must be a whole number`)
}

function flagOf(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  if (value === 'true' || value === 'false') return value === 'true'
  throw refusal('LogStoreInfoInvalid', `${name} must be true or false`)
}

function withoutNulls(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined))
}
