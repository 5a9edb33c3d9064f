import { transformSchema } from '../transforms/transform-options.ts'
import {
  checkedText,
  flag,
  list,
  nonEmptyText,
  object,
  oneOf,
  record,
  type Schema,
  share,
  text,
  wholeNumber,
} from './schema.ts'

export const destinationSchema = object(
  {},
  {
    project: nonEmptyText('Default: the project of the producer.'),
    logstore: nonEmptyText('Default: the logstore of the producer.'),
    topic: text(),
    source: text('Default: the address of the machine.'),
    shardHash: nonEmptyText('Logs with the same key go to the same shard.'),
    tags: record(text(), 'Tags of the logs of the input.'),
  },
  'The destination of the logs.',
)

export const restartSchema = object(
  {},
  {
    policy: oneOf(
      ['always', 'on-failure', 'never'],
      'When an input is started again: always, also after it has ended by itself; on-failure; never. Default on-failure.',
    ),
    backoffMs: wholeNumber(
      1,
      undefined,
      'Time before the first restart, in milliseconds; doubled with each restart in the window. Default 1000.',
    ),
    maxBackoffMs: wholeNumber(1, undefined, 'Longest time before a restart, in milliseconds. Default 60000.'),
    maxRestarts: wholeNumber(
      0,
      undefined,
      'Restarts in the window; then the state of the input is failed. Default 20.',
    ),
    windowMs: wholeNumber(1, undefined, 'Length of the window, in milliseconds. Default 600000.'),
  },
)

const ID = /^[\w.-]{1,128}$/

/** What is wrong with the id of an input; undefined if it is valid. */
export function idProblem(id: unknown): string | undefined {
  return typeof id === 'string' && ID.test(id) ? undefined : "must be 1 to 128 letters, digits, '.', '_' or '-'"
}

export const idSchema: Schema<string> = {
  ...checkedText(idProblem),
  jsonSchema: () => ({ type: 'string', pattern: ID.source }),
}

/** The options that every input has. */
export const commonFields = {
  to: destinationSchema,
  required: flag(
    'False: when there is no memory, the input drops and counts its logs instead of waiting, and the health does not depend on it. Default true.',
  ),
  restart: restartSchema,
  memoryShare: share('Largest part of the memory of the producer that the input may use. Default 0.5.'),
  transforms: list(transformSchema, { description: 'Transforms of its logs, applied in this order.' }),
}
