import { ProducerError } from '../../core/errors.ts'

/** One error with all problems. */
export function optionError(problems: readonly string[]): ProducerError {
  const message =
    problems.length === 1 ? problems[0] : `${problems.length} things are wrong:\n  - ${problems.join('\n  - ')}`
  return new ProducerError('ERR_LOGHUB_OPTION', message as string)
}
