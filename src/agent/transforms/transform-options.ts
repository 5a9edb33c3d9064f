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
  field: nonEmptyText('The field that is looked at.'),
  matches: pattern('A regular expression; a log without the field does not match.'),
}

const kinds = {
  add: object({ type: constant('add'), fields: record(text()) }, {}, 'Adds fields; one that is there is replaced.'),
  rename: object({ type: constant('rename'), fields: record(nonEmptyText()) }, {}, 'Renames fields, from old to new.'),
  'drop-fields': object({ type: constant('drop-fields'), fields: list(text(), { min: 1 }) }, {}, 'Leaves fields out.'),
  keep: object({ type: constant('keep'), ...match }, {}, 'Keeps the logs that match, and leaves out the others.'),
  drop: object({ type: constant('drop'), ...match }, {}, 'Leaves out the logs that match.'),
  redact: object(
    { type: constant('redact'), pattern: pattern('What is replaced, wherever it stands in a value.') },
    { with: text('Default ***.'), fields: list(text(), { description: 'Only in these fields. Default: all.' }) },
    'Replaces what must not be stored, such as numbers of cards.',
  ),
  sample: object({ type: constant('sample'), ratio: share('Part of the logs that is kept, chosen by chance.') }),
  throttle: object(
    { type: constant('throttle'), limit: wholeNumber(1, undefined, 'Logs that pass in each period.') },
    {
      key: nonEmptyText('Counted for each value of this field by itself. Default: all logs together.'),
      periodMs: wholeNumber(1, undefined, 'Default 1000.'),
    },
    'Lets so many logs through in each period, and leaves out the others.',
  ),
  module: object(
    {
      type: constant('module'),
      module: checkedText(modulePathProblem, 'Path of an ES module, from the configuration file.'),
    },
    {},
    'The default export of the module is called with each log: it returns a log, several, or nothing.',
  ),
}

export type TransformKind = keyof typeof kinds
export type TransformOptions = { [Kind in TransformKind]: TypeOf<(typeof kinds)[Kind]> }[TransformKind]
export type TransformOptionsOf<Kind extends TransformKind> = TypeOf<(typeof kinds)[Kind]>

export const transformSchema = taggedBy<TransformOptions>('type', kinds)

function modulePathProblem(path: string): string | undefined {
  return path === '' ? 'must be the path of a module' : undefined
}
