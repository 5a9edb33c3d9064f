export type { Flatten } from '../common/fields.ts'
export type { OutputOptions } from '../common/log-output.ts'
export { LoghubTransport, type LoghubTransportOptions } from './transport.ts'
