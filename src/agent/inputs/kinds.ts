import { commonFields, idSchema } from '../config/common-options.ts'
import { object, type Schema, taggedBy, together } from '../config/schema.ts'
import type { Input, KindInputSpec } from '../input.ts'
import { execInput } from './exec/exec-input.ts'
import { type ExecOptions, execOptional, execRequired } from './exec/exec-options.ts'
import { fileInput } from './file/file-input.ts'
import { type FileOptions, fileOptional, fileRequired } from './file/file-options.ts'
import {
  type HostMetricsOptions,
  hostMetricsInput,
  hostMetricsOptional,
  hostMetricsRequired,
} from './host-metrics/host-metrics-input.ts'
import { type HttpOptions, httpInput, httpOptional, httpRequired } from './http/http-input.ts'
import type { InputEnvironment } from './input-environment.ts'
import { jetstreamInput } from './jetstream/jetstream-input.ts'
import {
  type JetstreamOptions,
  jetstreamOptional,
  jetstreamProblem,
  jetstreamRequired,
} from './jetstream/jetstream-options.ts'
import { type ModuleOptions, moduleInput, moduleOptional, moduleRequired } from './module-input.ts'
import { type OtlpOptions, otlpInput, otlpOptional, otlpRequired } from './otlp/otlp-input.ts'
import { type StdinOptions, stdinInput, stdinOptional, stdinRequired } from './stdin.ts'
import { syslogInput } from './syslog/syslog-input.ts'
import { type SyslogOptions, syslogOptional, syslogProblem, syslogRequired } from './syslog/syslog-options.ts'

interface Kind {
  readonly schema: Schema<unknown>
  readonly make: (spec: KindInputSpec, environment: InputEnvironment) => Input
}

type Fields = Readonly<Record<string, Schema<unknown>>>

/** @param problemOf checks fields against each other, after each of them is valid */
function kind<Options>(
  required: Fields,
  optional: Fields,
  make: (options: Options, environment: InputEnvironment) => Input,
  problemOf: (options: Options) => string | undefined = () => undefined,
): Kind {
  const fields = object({ id: idSchema, ...required }, { ...commonFields, ...optional })
  return {
    schema: together(fields, (spec) => problemOf(spec as Options)),
    make: (spec, environment) => make(spec as unknown as Options, environment),
  }
}

/** All kinds of inputs by `type`. */
const kinds: Readonly<Record<string, Kind>> = {
  file: kind<FileOptions>(fileRequired, fileOptional, fileInput),
  stdin: kind<StdinOptions>(stdinRequired, stdinOptional, (options) => stdinInput(options)),
  http: kind<HttpOptions>(httpRequired, httpOptional, (options, { baseDirectory }) =>
    httpInput(options, baseDirectory),
  ),
  syslog: kind<SyslogOptions>(
    syslogRequired,
    syslogOptional,
    (options, { baseDirectory }) => syslogInput(options, baseDirectory),
    syslogProblem,
  ),
  exec: kind<ExecOptions>(execRequired, execOptional, execInput),
  'host-metrics': kind<HostMetricsOptions>(hostMetricsRequired, hostMetricsOptional, hostMetricsInput),
  otlp: kind<OtlpOptions>(otlpRequired, otlpOptional, (options, { baseDirectory }) =>
    otlpInput(options, baseDirectory),
  ),
  jetstream: kind<JetstreamOptions>(
    jetstreamRequired,
    jetstreamOptional,
    (options, { baseDirectory }) => jetstreamInput(options, baseDirectory),
    jetstreamProblem,
  ),
  module: kind<ModuleOptions>(moduleRequired, moduleOptional, (options, { baseDirectory }) =>
    moduleInput(options, baseDirectory),
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
