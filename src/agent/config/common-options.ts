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
    tags: record(text(), 'Tags of all logs of the input.'),
  },
  'Where the logs go.',
)

export const restartSchema = object(
  {},
  {
    policy: oneOf(
      ['always', 'on-failure', 'never'],
      'When an input that has ended is started again. Default on-failure.',
    ),
    backoffMs: wholeNumber(
      1,
      undefined,
      'The first wait before a restart; doubled with each in the window. Default 1000.',
    ),
    maxBackoffMs: wholeNumber(1, undefined, 'The longest wait before a restart. Default 60000.'),
    maxRestarts: wholeNumber(0, undefined, 'Restarts in the window before the input is given up. Default 20.'),
    windowMs: wholeNumber(1, undefined, 'Default 600000.'),
  },
)

const ID = /^[\w.-]{1,128}$/

/** What an input may be called. */
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
  required: flag('False: never waits for room, drops and counts instead, and is left out of the health. Default true.'),
  restart: restartSchema,
  memoryShare: share('Largest part of the memory of the producer that it may hold. Default 0.5.'),
  transforms: list(transformSchema, { description: 'Change and filter its logs, in this order.' }),
}
