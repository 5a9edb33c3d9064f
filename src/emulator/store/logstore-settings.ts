import { refusal } from '../http/service-error.ts'

/** What CreateLogstore takes; unknown settings are kept and shown again. */
export interface LogstoreSettings {
  readonly logstoreName: string
  readonly ttl: number
  readonly shardCount: number
  readonly [setting: string]: unknown
}

/** Names of projects and logstores: milder than the documentation, as official clients are. Also safe as folder names. */
export const NAME = /^[0-9A-Za-z_-]{1,128}$/

const DEFAULT_TTL_DAYS = 30

/** The settings of a new logstore; throws where they break a rule. */
export function completeSettings(given: Readonly<Record<string, unknown>>, shards: number): LogstoreSettings {
  const { logstoreName, ttl = DEFAULT_TTL_DAYS, shardCount = shards } = given
  if (typeof logstoreName !== 'string' || !NAME.test(logstoreName)) {
    throw refusal('LogStoreInfoInvalid', `logstore name ${logstoreName} is invalid`)
  }
  const settings = { ...given, logstoreName, ttl: Number(ttl), shardCount: Number(shardCount) }
  checkSettings(settings)
  return settings
}

export function checkSettings({ ttl, shardCount }: LogstoreSettings): void {
  if (!Number.isInteger(ttl) || ttl < 1 || ttl > 3650) throw refusal('LogStoreInfoInvalid', 'ttl value is out of range')
  if (!Number.isInteger(shardCount) || shardCount < 1 || shardCount > 100) {
    throw refusal('LogStoreInfoInvalid', 'shardCount is out of range')
  }
}
