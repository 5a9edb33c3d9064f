import { commonFields } from '../config/common-options.ts'
import { nonEmptyText, object, type Schema, taggedBy } from '../config/schema.ts'
import type { Input, KindInputSpec } from '../input.ts'
import { fileInput } from './file/file-input.ts'
import { type FileOptions, fileOptional, fileRequired } from './file/file-options.ts'

/** What inputs need besides their options. */
export interface InputEnvironment {
  /** Where relative paths start. */
  readonly baseDirectory: string
}

interface Kind {
  readonly schema: Schema<unknown>
  readonly make: (spec: KindInputSpec, environment: InputEnvironment) => Input
}

type Fields = Readonly<Record<string, Schema<unknown>>>

function kind<Options>(
  required: Fields,
  optional: Fields,
  make: (options: Options, environment: InputEnvironment) => Input,
): Kind {
  return {
    schema: object({ id: nonEmptyText(), ...required }, { ...commonFields, ...optional }),
    make: (spec, environment) => make(spec as unknown as Options, environment),
  }
}

/** The kinds of inputs by their `type`: one line each. */
const kinds: Readonly<Record<string, Kind>> = {
  file: kind<FileOptions>(fileRequired, fileOptional, (options, { baseDirectory }) =>
    fileInput(options, baseDirectory),
  ),
}

export const inputTypes: readonly string[] = Object.keys(kinds)

export const inputSchema: Schema<KindInputSpec> = taggedBy(
  'type',
  Object.fromEntries(Object.entries(kinds).map(([type, { schema }]) => [type, schema])),
)

/** @param spec checked by {@link inputSchema} */
export function makeInput(spec: KindInputSpec, environment: InputEnvironment): Input {
  return (kinds[spec.type] as Kind).make(spec, environment)
}
