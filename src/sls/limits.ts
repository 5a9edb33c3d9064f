/** Hard limits of the service, and of this package where it stays below them on purpose. */
export const limits = {
  /** The service refuses a larger body, before compression. */
  serverBodyInBytes: 10 * 1024 * 1024,
  /** Most encoded bytes that this package puts into one request: the Java producer's cap, well below the service's. */
  requestInBytes: 8 * 1024 * 1024,
  /** Most logs in one request. */
  requestLogs: 40_960,
  /** How far the date of a request may be from the service's clock, either way. */
  clockSkewMs: 15 * 60 * 1000,
  /** Most LogGroups that one PullLogs call gives. */
  pullLogGroups: 1000,
  /** Most lines that one GetLogs call gives. */
  getLogsLines: 100,
} as const
