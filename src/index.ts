export type { CancelTimer, Clock } from './core/clock.ts'
export {
  ERROR_CODES,
  type ErrorCode,
  isProducerError,
  ProducerError,
  type ProducerErrorOptions,
} from './core/errors.ts'
export type { Logger } from './core/logger.ts'
export { LogStream, type LogStreamOptions } from './producer/accept/log-stream.ts'
export type { LogIterable, SendAllOptions, SendAllReport } from './producer/accept/send-all.ts'
export type { Destination, SendOptions, SendRequest } from './producer/accept/send-request.ts'
export { type LogTime, type WriteOptions, Writer } from './producer/accept/writer.ts'
export type { SplitReason } from './producer/batch/batch-parts.ts'
export type { BreakerState } from './producer/deliver/circuit-breaker.ts'
export type { BreakerInspection } from './producer/deliver/circuit-breakers.ts'
export type { LaneInspection, LaneMetrics, LaneWork } from './producer/deliver/lane.ts'
export type { LaneRange } from './producer/deliver/lane-range.ts'
export type { RateLimit } from './producer/deliver/rate-limiter.ts'
export type { RetryReason } from './producer/deliver/retry-policy.ts'
export type { LaneLoad, RoutedBatch, RouterFunction, RouterName } from './producer/deliver/router-option.ts'
export type { ReadyOptions, WaitOptions } from './producer/given-options.ts'
export type { SpoolConfig, SpoolDurability, SpoolMode } from './producer/keep/spool-config.ts'
export type { CloseReport } from './producer/lifecycle.ts'
export type { AttemptMessage, BatchMessage, SealedMessage, SettledMessage } from './producer/observe/diagnostics.ts'
export type { ProducerEvents, ProducerListener, RetryEvent } from './producer/observe/events.ts'
export type { GroupInspection, ProducerInspection } from './producer/observe/inspection.ts'
export type { LatencySnapshot } from './producer/observe/latency.ts'
export type { CountsByName, ProducerMetrics, SpoolMetrics } from './producer/observe/metrics.ts'
export type {
  Overflow,
  ProducerConfig,
  ProjectChange,
  ResolveOn,
  TunableChange,
  TunableOptions,
} from './producer/options.ts'
export { Producer } from './producer/producer.ts'
export type { ProducerLike, WriterLike } from './producer/producer-like.ts'
export type { SendCallback } from './producer/sends/callback-send.ts'
export type { LinesSettled } from './producer/sends/line-send.ts'
export type { LineOrigins, Origin } from './producer/sends/origin.ts'
export type { SealReason } from './producer/sends/seal-reason.ts'
export { type RefusedLog, SendError, type StoredLogs } from './producer/sends/send-error.ts'
export type { Attempt, SendResult } from './producer/sends/send-result.ts'
export type { DeadLetter } from './producer/settle/dead-letter.ts'
export type { Credentials, CredentialsProvider } from './sls/auth/credentials.ts'
export type { HistogramBar, LogQuery, QueriedLogs, TimeRange } from './sls/log-query.ts'
export {
  LogReader,
  type LogReaderOptions,
  type LogstoreSettings,
  type Shard,
} from './sls/log-reader.ts'
export type { ProjectConfig } from './sls/projects.ts'
export type { PulledLogGroups, PulledLogs } from './sls/pulled-logs.ts'
export { readingLost } from './sls/reading-lost.ts'
export {
  type Compression,
  type FailureClass,
  type Payload,
  type Receipt,
  type Sink,
  SinkError,
  type SinkErrorDetails,
  type SinkRequest,
} from './sls/sink.ts'
export { ByteSource } from './sls/wire/byte-source.ts'
export { type DecodedLog, type DecodedLogGroup, decodeLogGroup } from './sls/wire/decode-log-group.ts'
export { decodePayload } from './sls/wire/decode-payload.ts'
export type { Lines } from './sls/wire/line-logs.ts'
export type { Contents, Fields, Log, Value } from './sls/wire/log.ts'
export { LogBuffer } from './sls/wire/log-buffer.ts'
