import {
  checkedText,
  constant,
  either,
  list,
  nonEmptyText,
  object,
  oneOf,
  pattern,
  type TypeOf,
  taggedBy,
  text,
  wholeNumber,
} from '../config/schema.ts'
import { MULTI_LINE_PRESETS } from './multi-line-presets.ts'
import { namedGroupsProblem } from './parsers/regex.ts'
import { encodingProblem } from './text-decoding.ts'
import { timeFormatProblem, zoneProblem } from './time-format.ts'

const plainParsers = ['line', 'json', 'logfmt', 'combined', 'syslog', 'cri', 'docker-json'] as const

const parserKinds = {
  ...Object.fromEntries(plainParsers.map((name) => [name, object({ type: constant(name) })])),
  regex: object(
    { type: constant('regex'), pattern: checkedText(namedGroupsProblem, 'Its named groups become the fields.') },
    {},
  ),
  delimiter: object(
    {
      type: constant('delimiter'),
      fields: list(nonEmptyText(), { min: 1, description: 'Names of the fields, in their order.' }),
    },
    { separator: nonEmptyText('Default a comma.'), quote: text('Default ". Empty for none.') },
  ),
}

export type ParserOptions =
  | (typeof plainParsers)[number]
  | { readonly type: (typeof plainParsers)[number] }
  | { readonly type: 'regex'; readonly pattern: string }
  | {
      readonly type: 'delimiter'
      readonly fields: readonly string[]
      readonly separator?: string
      readonly quote?: string
    }

export const parserSchema = either<(typeof plainParsers)[number], ParserOptions>(
  (value) => typeof value === 'string',
  oneOf(plainParsers, 'How a line becomes a log. Default line: one field, content.'),
  taggedBy<ParserOptions>('type', parserKinds),
)

export const timeSchema = object(
  { field: nonEmptyText('The field that says when it happened.') },
  {
    format: checkedText(
      timeFormatProblem,
      'auto (ISO 8601, or epoch time by its digits), or fields such as %Y-%m-%d %H:%M:%S.%f. Default auto.',
    ),
    timezone: checkedText(zoneProblem, 'Of times that name no zone. Default: that of the process.'),
  },
)

export const multiLineSchema = object(
  {},
  {
    start: pattern('A line that matches begins a log.'),
    continuation: pattern('A line that matches belongs to the log before it.'),
    end: pattern('A line that matches ends its log.'),
    preset: oneOf(MULTI_LINE_PRESETS),
    maxLines: wholeNumber(1, 100_000, 'Default 1000.'),
    flushMs: wholeNumber(1, undefined, 'An open log is handed over when nothing follows it for so long. Default 2000.'),
  },
)

export type TimeOptions = TypeOf<typeof timeSchema>

/** The options of every input that reads lines. */
export const lineFields = {
  parser: parserSchema,
  time: timeSchema,
  maxLineBytes: wholeNumber(1, 4 * 1024 * 1024, 'Default 524288.'),
  longLines: oneOf(['cut', 'split', 'drop'], 'What becomes of a longer line. Default cut.'),
}

export const encodingOption = checkedText(encodingProblem, 'Default utf8.')
