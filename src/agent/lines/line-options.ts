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
      fields: list(nonEmptyText(), { min: 1, description: 'Names of the fields, in order.' }),
    },
    {
      separator: nonEmptyText('Separates the values. Default: a comma.'),
      quote: text('Encloses a value. Default "; empty: values are not quoted.'),
    },
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
  oneOf(plainParsers, 'How a line is parsed. Default line: the whole line is the field content.'),
  taggedBy<ParserOptions>('type', parserKinds),
)

export const timeSchema = object(
  { field: nonEmptyText('The field with the time of the log.') },
  {
    format: checkedText(
      timeFormatProblem,
      'auto (ISO 8601, or epoch time whose unit follows from its digits), or a pattern such as %Y-%m-%d %H:%M:%S.%f. Default auto.',
    ),
    timezone: checkedText(zoneProblem, 'Zone of times that do not contain one. Default: that of the process.'),
  },
)

export const multiLineSchema = object(
  {},
  {
    start: pattern('A line that matches begins a log.'),
    continuation: pattern('A line that matches belongs to the log before it.'),
    end: pattern('A line that matches ends its log.'),
    preset: oneOf(MULTI_LINE_PRESETS),
    maxLines: wholeNumber(1, 100_000, 'Largest number of lines of a log. Default 1000.'),
    flushMs: wholeNumber(
      1,
      undefined,
      'A log also ends when nothing follows it for this time, in milliseconds. Default 2000.',
    ),
  },
)

export type TimeOptions = TypeOf<typeof timeSchema>

/** The options of every input that reads lines. */
export const lineFields = {
  parser: parserSchema,
  time: timeSchema,
  maxLineBytes: wholeNumber(1, 4 * 1024 * 1024, 'Longest line, in bytes. Default 524288.'),
  longLines: oneOf(['cut', 'split', 'drop'], 'A longer line is cut, split into several logs, or dropped. Default cut.'),
}

export const encodingOption = checkedText(encodingProblem, 'Encoding of the text: any of TextDecoder. Default utf8.')
