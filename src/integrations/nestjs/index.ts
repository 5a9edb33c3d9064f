export type { Flatten } from '../common/fields.ts'
export type { OutputOptions } from '../common/log-output.ts'
export { LoghubLogger, type LoghubLoggerOptions } from './loghub-logger.ts'
export { LoghubModule, type LoghubModuleAsyncOptions } from './loghub-module.ts'
