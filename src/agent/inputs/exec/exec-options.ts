import { constant, list, nonEmptyText, object, record, type TypeOf, text, wholeNumber } from '../../config/schema.ts'
import { encodingOption, lineFields, multiLineSchema } from '../../lines/line-options.ts'
import { scheduleFields } from '../schedule-options.ts'

export const execRequired = {
  type: constant('exec'),
  command: list(nonEmptyText(), {
    min: 1,
    description: 'The program and its arguments; no shell, unless the program is one.',
  }),
}

export const execOptional = {
  ...lineFields,
  ...scheduleFields,
  intervalMs: wholeNumber(
    1,
    undefined,
    'Runs it on a schedule. Without it the command runs on, and is started again when it ends.',
  ),
  timeoutMs: wholeNumber(1, undefined, 'On a schedule: the longest that one run may take. Default: the interval.'),
  encoding: encodingOption,
  multiLine: multiLineSchema,
  field: nonEmptyText('The field of a line. Default content.'),
  env: record(text(), 'Added to the environment of the agent.'),
  cwd: nonEmptyText('Its working directory, from the configuration file. Default: that of the agent.'),
  killMs: wholeNumber(0, undefined, 'After SIGTERM it has this long before SIGKILL. Default 2000.'),
}

const schema = object(execRequired, execOptional)
export type ExecOptions = Omit<TypeOf<typeof schema>, 'type'>
