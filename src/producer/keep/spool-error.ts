import { isProducerError, ProducerError } from '../../core/errors.ts'
import { adviceFor } from '../../spool/disk-advice.ts'

/** Turns any error of a spool into a coded error that says what to do. */
export function asSpoolError(error: Error, directory: string): ProducerError {
  if (isProducerError(error)) return error
  const message = `the spool in ${directory} cannot be used: ${error.message}; ${adviceFor(error)}. It is tried again, and logs go from memory meanwhile`
  return new ProducerError('ERR_LOGHUB_SPOOL_FULL', message, { retriable: true, cause: error })
}

export function spoolGone(directory: string): ProducerError {
  const message = `the spool in ${directory} was deleted or moved while it was in use: what was on disk alone is lost to this producer; a new one is begun in its place. Stop the producer before its directory is touched`
  return new ProducerError('ERR_LOGHUB_SPOOL_CORRUPT', message)
}
