import {
  checkedText,
  constant,
  list,
  nonEmptyText,
  object,
  pattern,
  record,
  share,
  type TypeOf,
  taggedBy,
  text,
  wholeNumber,
} from '../config/schema.ts'

const match = {
  field: nonEmptyText('The field whose value is matched.'),
  matches: pattern('A regular expression; a log without the field does not match.'),
}

const kinds = {
  add: object({ type: constant('add'), fields: record(text()) }, {}, 'Adds fields, or replaces existing ones.'),
  rename: object({ type: constant('rename'), fields: record(nonEmptyText()) }, {}, 'Renames fields, from old to new.'),
  'drop-fields': object({ type: constant('drop-fields'), fields: list(text(), { min: 1 }) }, {}, 'Removes fields.'),
  keep: object({ type: constant('keep'), ...match }, {}, 'Keeps the logs that match and drops the others.'),
  drop: object({ type: constant('drop'), ...match }, {}, 'Drops the logs that match.'),
  redact: object(
    { type: constant('redact'), pattern: pattern('Each match in a value is replaced.') },
    {
      with: text('The replacement. Default ***.'),
      fields: list(text(), { description: 'Only in these fields. Default: all.' }),
    },
    'Replaces text that must not be stored, such as card numbers.',
  ),
  sample: object({ type: constant('sample'), ratio: share('Part of the logs that is kept, chosen at random.') }),
  throttle: object(
    { type: constant('throttle'), limit: wholeNumber(1, undefined, 'Logs that pass in each period.') },
    {
      key: nonEmptyText('The limit applies to each value of this field. Default: to all logs together.'),
      periodMs: wholeNumber(1, undefined, 'Length of a period in milliseconds. Default 1000.'),
    },
    'Passes a number of logs in each period and drops the others.',
  ),
  module: object(
    {
      type: constant('module'),
      module: checkedText(modulePathProblem, 'Path of an ES module, from the configuration file.'),
    },
    {},
    'Calls the default export of the module with each log; it returns a log, several, or nothing.',
  ),
}

export type TransformKind = keyof typeof kinds
export type TransformOptions = { [Kind in TransformKind]: TypeOf<(typeof kinds)[Kind]> }[TransformKind]
export type TransformOptionsOf<Kind extends TransformKind> = TypeOf<(typeof kinds)[Kind]>

export const transformSchema = taggedBy<TransformOptions>('type', kinds)

function modulePathProblem(path: string): string | undefined {
  return path === '' ? 'must be the path of a module' : undefined
}
