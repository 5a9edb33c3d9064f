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
  paths: list(nonEmptyText(), { min: 1, description: 'Files, or globs such as /var/log/*.log and /srv/**/app.log.' }),
}

export const fileOptional = {
  ...lineFields,
  exclude: list(nonEmptyText(), { description: 'Globs of files that are left out. Compressed files always are.' }),
  startAt: oneOf(
    ['end', 'beginning'],
    'Where a file is begun that is there at the very first start. What appears later is read from its beginning. Default end.',
  ),
  encoding: encodingOption,
  multiLine: multiLineSchema,
  tags: list(oneOf(['__path__', '__hostname__', '__inode__']), {
    description: 'Tags that name the origin. Default __path__ and __hostname__.',
  }),
  field: nonEmptyText('The field of a line. Default content.'),
  rotateWaitMs: wholeNumber(0, undefined, 'How long a file that was renamed away or deleted is read on. Default 5000.'),
  maxOpenFiles: wholeNumber(1, 100_000, 'Default 256. Others wait for their turn.'),
  pollMs: wholeNumber(
    50,
    undefined,
    'How often files are looked at, besides what the system tells of them. Default 10000, or 1000 without a watcher.',
  ),
  watch: flag('False: polling alone, for network file systems. Default true.'),
  once: flag('Reads what is there, to the end, and ends.'),
  hostname: text('Value of __hostname__. Default: the name of the machine.'),
}

const schema = object(fileRequired, fileOptional)
export type FileOptions = Omit<TypeOf<typeof schema>, 'type'>
