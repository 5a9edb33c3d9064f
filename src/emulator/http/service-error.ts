/** The error codes of the service with their HTTP status. */
export const ERROR_STATUS = {
  RequestTimeExpired: 400,
  InvalidDateFormat: 400,
  MissingDate: 400,
  MissingHost: 400,
  InvalidHost: 400,
  MissingAPIVersion: 400,
  InvalidAPIVersion: 400,
  MissingSignatureMethod: 400,
  InvalidSignatureMethod: 400,
  MissAccessKeyId: 400,
  ParameterInvalid: 400,
  SignatureNotMatch: 401,
  Unauthorized: 401,
  InvalidAccessKeyId: 401,
  MissingContentLength: 411,
  InvalidContentType: 415,
  MissingContentType: 400,
  MissingBodyRawSize: 400,
  InvalidBodyRawSize: 400,
  InvalidCompressType: 400,
  PostBodyInvalid: 400,
  PostBodyUncompressError: 400,
  PostBodyTooLarge: 413,
  ProjectNotExist: 404,
  LogStoreNotExist: 404,
  ShardNotExist: 400,
  LogStoreWithoutShard: 400,
  InvalidCursor: 400,
  InvalidSequenceId: 400,
  ProjectAlreadyExist: 400,
  LogStoreAlreadyExist: 400,
  LogStoreInfoInvalid: 400,
  IndexConfigNotExist: 400,
  ConsumerGroupAlreadyExist: 400,
  ConsumerGroupNotExist: 404,
  ConsumerNotMatch: 400,
  IndexAlreadyExist: 400,
  InvalidMethod: 400,
  WriteQuotaExceed: 403,
  ShardWriteQuotaExceed: 403,
  ExceedQuota: 403,
  ReadQuotaExceed: 403,
  ShardReadQuotaExceed: 403,
  MetaOperationQpsLimitExceeded: 403,
  ProjectForbidden: 403,
  ProjectQuotaExceed: 403,
  InternalServerError: 500,
  RequestTimeout: 500,
  ServerBusy: 503,
} as const

/** A code that the emulator itself uses. */
export type ServiceErrorCode = keyof typeof ERROR_STATUS

/** A refusal. It is thrown anywhere in the emulator, and answered as the JSON of the service. */
export class ServiceError extends Error {
  override readonly name = 'ServiceError'
  readonly status: number
  readonly errorCode: string
  /** Details for the console and `inspect()`. They are not part of the answer. */
  readonly detail: Readonly<Record<string, string>>

  constructor(errorCode: string, message: string, status?: number, detail: Readonly<Record<string, string>> = {}) {
    super(message)
    this.detail = detail
    this.errorCode = errorCode
    this.status = status ?? statusOf(errorCode)
  }
}

/** A refusal with a code of the service and its status. */
export function refusal(
  errorCode: ServiceErrorCode,
  message: string,
  detail?: Readonly<Record<string, string>>,
): ServiceError {
  return new ServiceError(errorCode, message, undefined, detail)
}

/** The status of a code; 500 for a code that the service does not have. */
export function statusOf(errorCode: string): number {
  return (ERROR_STATUS as Record<string, number>)[errorCode] ?? 500
}

/** The usual code of a status, for a script rule that gives only the status. */
export function codeOf(status: number): string {
  return TYPICAL_CODE[status] ?? (status >= 500 ? 'InternalServerError' : 'ParameterInvalid')
}

const TYPICAL_CODE: Record<number, ServiceErrorCode> = {
  401: 'Unauthorized',
  403: 'WriteQuotaExceed',
  404: 'LogStoreNotExist',
  411: 'MissingContentLength',
  413: 'PostBodyTooLarge',
  415: 'InvalidContentType',
  503: 'ServerBusy',
}
