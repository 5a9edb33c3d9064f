import { ProducerError } from '../../core/errors.ts'

/** The error of an input, or of a change of the inputs. */
export function inputError(message: string, cause?: unknown): ProducerError {
  return new ProducerError('ERR_LOGHUB_INPUT', message, cause === undefined ? {} : { cause })
}
