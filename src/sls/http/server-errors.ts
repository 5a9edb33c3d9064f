import type { FailureClass } from '../sink.ts'

/** What a code of the service calls for, and what the reader of the error can do about it. */
export interface ServerErrorRule {
  readonly failureClass: FailureClass
  readonly advice: string
}

const clientFault = 'Please report this with the request id: the client built the request.'
const checkKeys = 'Check the access key, its permission on the project, and the expiration of the token.'
const checkClock = 'The clock of this machine is more than 15 minutes off: the offset is learned, set the clock right.'
const checkLogs =
  'Check the log times (not older than 7 days, not in the future), the keys and the encoding of the values.'
const backOffQuota = 'Lower the rate, or ask for a higher quota of the project.'
const splitShards = 'Split the shards of the logstore, or spread the shard hashes.'
const serverFault = 'It is the fault of the service and should pass.'
const checkRequest = 'Check the arguments of the call.'

const rule = (failureClass: FailureClass, advice: string): ServerErrorRule => ({ failureClass, advice })

/** Every code that the service is known to answer with. Codes outside the table are judged by their status. */
export const SERVER_ERRORS: Readonly<Record<string, ServerErrorRule>> = {
  RequestTimeExpired: rule('clock', checkClock),
  RequestTimeTooSkewed: rule('clock', checkClock),

  SignatureNotMatch: rule('credentials', 'Check the access key secret, and the region when signing with v4.'),
  Unauthorized: rule('credentials', checkKeys),
  InvalidAccessKeyId: rule('credentials', checkKeys),

  WriteQuotaExceed: rule('quota', backOffQuota),
  ShardWriteQuotaExceed: rule('quota', splitShards),
  ProjectQuotaExceed: rule('quota', backOffQuota),
  ExceedQuota: rule('quota', backOffQuota),
  ReadQuotaExceed: rule('quota', 'Read more slowly, or ask for a higher quota of the project.'),
  ShardReadQuotaExceed: rule('quota', 'Read more slowly, or split the shards of the logstore.'),
  MetaOperationQpsLimitExceeded: rule('quota', 'Ask for metadata less often.'),

  PostBodyTooLarge: rule('too-large', 'Lower batchSizeThresholdInBytes, or make the log smaller.'),

  PostBodyInvalid: rule('content', checkLogs),
  ParameterInvalid: rule('content', `${checkLogs} ${checkRequest}`),
  InvalidTimestamp: rule('content', checkLogs),
  InvalidEncoding: rule('content', checkLogs),
  InvalidKey: rule('content', checkLogs),

  ProjectNotExist: rule('back-off', 'Create the project, or check its name and the region of the endpoint.'),
  LogStoreNotExist: rule('back-off', 'Create the logstore, or check its name.'),
  LogStoreWithoutShard: rule('back-off', 'Wait until the logstore has a shard.'),
  InternalServerError: rule('back-off', serverFault),
  RequestTimeout: rule('back-off', serverFault),
  ServerBusy: rule('back-off', serverFault),

  ProjectForbidden: rule('final', 'The project is disabled: check the account for overdue payments.'),
  ShardNotExist: rule('final', 'List the shards again: it may have been split, merged or expired.'),
  InvalidCursor: rule('final', 'Get a new cursor: its data may have expired.'),
  InvalidSequenceId: rule('final', checkRequest),
  ProjectAlreadyExist: rule('final', 'Use the project that exists, or another name.'),
  LogStoreAlreadyExist: rule('final', 'Use the logstore that exists, or another name.'),
  LogStoreInfoInvalid: rule('final', 'Check ttl and shardCount, and the name: 3 to 63 of a-z, 0-9, _ and -.'),
  IndexConfigNotExist: rule('final', 'Create an index on the logstore before querying it.'),
  InvalidMethod: rule('final', 'Check the name of the logstore: 3 to 63 of a-z, 0-9, _ and -.'),
  InvalidHost: rule('final', 'Check the endpoint and the name of the project.'),

  InvalidRequestTime: rule('final', clientFault),
  InvalidDateFormat: rule('final', clientFault),
  MissingDate: rule('final', clientFault),
  MissingHost: rule('final', clientFault),
  MissingAPIVersion: rule('final', clientFault),
  InvalidAPIVersion: rule('final', clientFault),
  MissingSignatureMethod: rule('final', clientFault),
  InvalidSignatureMethod: rule('final', clientFault),
  MissAccessKeyId: rule('final', clientFault),
  MissingContentLength: rule('final', clientFault),
  InvalidContentType: rule('final', clientFault),
  MissingContentType: rule('final', clientFault),
  MissingBodyRawSize: rule('final', clientFault),
  InvalidBodyRawSize: rule('final', clientFault),
  InvalidCompressType: rule('final', clientFault),
  PostBodyUncompressError: rule('final', clientFault),
}

/** How a failure is judged that the table does not know: by its status alone. */
export function ruleForStatus(status: number): ServerErrorRule {
  if (status === 429) return rule('quota', backOffQuota)
  if (status === 401) return rule('credentials', checkKeys)
  if (status === 413) return SERVER_ERRORS.PostBodyTooLarge!
  if (status === 408 || status >= 500) return rule('back-off', serverFault)
  if (status >= 400) return rule('final', 'Check the endpoint: a proxy may have answered in place of the service.')
  return rule('back-off', 'It is not an answer of the service: check the endpoint, and what stands in between.')
}

/** How a failure is judged whose body cannot be decoded: what it says may be worth another try, so it is never final. */
export function ruleForUnread(status: number): ServerErrorRule {
  const { failureClass, advice } = ruleForStatus(status)
  const isHopeful = failureClass === 'quota' || failureClass === 'credentials'
  return rule(isHopeful ? failureClass : 'back-off', `${advice} Its body is encoded in a way that cannot be read.`)
}
