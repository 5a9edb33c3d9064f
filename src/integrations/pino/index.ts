export type { Flatten } from '../common/fields.ts'
export type { PinoConfig, PinoRecordOptions } from './pino-record.ts'
export { type PinoStreamOptions, pinoStream } from './pino-stream.ts'
export { type CloneableConfig, type PinoTransportOptions, pinoTransport as default } from './transport.ts'
