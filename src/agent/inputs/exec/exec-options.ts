import { constant, list, nonEmptyText, object, record, type TypeOf, text, wholeNumber } from '../../config/schema.ts'
import { encodingOption, lineFields, multiLineSchema } from '../../lines/line-options.ts'
import { scheduleFields } from '../schedule-options.ts'

export const execRequired = {
  type: constant('exec'),
  command: list(nonEmptyText(), {
    min: 1,
    description: 'The program and its arguments, without a shell.',
  }),
}

export const execOptional = {
  ...lineFields,
  ...scheduleFields,
  intervalMs: wholeNumber(
    1,
    undefined,
    'Runs the command on a schedule, in milliseconds. Without it the command runs continuously and is started again when it ends.',
  ),
  timeoutMs: wholeNumber(1, undefined, 'Longest time of a scheduled run, in milliseconds. Default: the interval.'),
  encoding: encodingOption,
  multiLine: multiLineSchema,
  field: nonEmptyText('The field that contains the line. Default content.'),
  env: record(text(), 'Environment variables, added to those of the agent.'),
  cwd: nonEmptyText('Its working directory, from the configuration file. Default: that of the agent.'),
  killMs: wholeNumber(0, undefined, 'Time between SIGTERM and SIGKILL, in milliseconds. Default 2000.'),
}

const schema = object(execRequired, execOptional)
export type ExecOptions = Omit<TypeOf<typeof schema>, 'type'>
