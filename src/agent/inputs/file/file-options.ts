import {
  constant,
  flag,
  list,
  nonEmptyText,
  object,
  oneOf,
  type TypeOf,
  text,
  wholeNumber,
} from '../../config/schema.ts'
import { encodingOption, lineFields, multiLineSchema } from '../../lines/line-options.ts'

export const fileRequired = {
  type: constant('file'),
  paths: list(nonEmptyText(), { min: 1, description: 'Paths, or globs such as /var/log/*.log and /srv/**/app.log.' }),
}

export const fileOptional = {
  ...lineFields,
  exclude: list(nonEmptyText(), { description: 'Globs of files to leave out. Compressed files are always left out.' }),
  startAt: oneOf(
    ['end', 'beginning'],
    'Where to start in files that exist at the very first start. Files that appear later are read from the beginning. Default end.',
  ),
  encoding: encodingOption,
  multiLine: multiLineSchema,
  tags: list(oneOf(['__path__', '__hostname__', '__inode__']), {
    description: 'Tags with the origin of a log. Default __path__ and __hostname__.',
  }),
  field: nonEmptyText('The field that contains the line. Default content.'),
  rotateWaitMs: wholeNumber(
    0,
    undefined,
    'How long a file is still read after it was renamed or deleted, in milliseconds. Default 5000.',
  ),
  maxOpenFiles: wholeNumber(
    1,
    100_000,
    'Largest number of open files; others are opened when they are read. Default 256.',
  ),
  pollMs: wholeNumber(
    50,
    undefined,
    'Time between two scans, in milliseconds. Default 10000, or 1000 with watch: false.',
  ),
  watch: flag('False: only polls, for network file systems. Default true.'),
  once: flag('Reads the files to their ends, and ends.'),
  hostname: text('Value of __hostname__. Default: the host name.'),
}

const schema = object(fileRequired, fileOptional)
export type FileOptions = Omit<TypeOf<typeof schema>, 'type'>
