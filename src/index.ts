export { ERROR_CODES, type ErrorCode, isProducerError, ProducerError } from './core/errors.ts'
