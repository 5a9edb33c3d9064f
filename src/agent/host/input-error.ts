import { ProducerError } from '../../core/errors.ts'

/** What an input, or a change of the inputs, fails with. */
export function inputError(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_INPUT', message, cause === undefined ? {} : { cause })
}
