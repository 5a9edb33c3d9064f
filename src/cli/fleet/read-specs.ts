import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { interpolate } from '../../agent/config/interpolate.ts'
import { type Path, type Problem, pathText } from '../../agent/config/schema.ts'
import { toError } from '../../core/errors.ts'
import { type FleetInputSpec, fleetSpecProblems } from '../../fleet/index.ts'
import { UsageError } from '../shared/exit-code.ts'

const STANDARD_INPUT = '-'

/**
 * The specs of a file, YAML or JSON: `inputs` as in `agent.yaml`, a list of them, or one alone. `${NAME}` is filled in here: the agents
 * get the values.
 * @throws UsageError with everything that is wrong, a line each
 */
export function readSpecs(file: string, environment: NodeJS.ProcessEnv): readonly FleetInputSpec[] {
  const problems: Problem[] = []
  const baseDirectory = file === STANDARD_INPUT ? '.' : dirname(file)
  const filledIn = fillIn(parsed(file), (text, path) =>
    interpolate(text, { environment, baseDirectory }, path, problems),
  )
  const specs = specsOf(filledIn)
  if (specs === undefined || specs.length === 0) throw new UsageError(`${file}: must have inputs, a list, or one input`)
  const wrong = [
    ...problems.map(({ path, message }) => `${pathText(path)}: ${message}`),
    ...specs.flatMap((spec, index) =>
      isObject(spec) ? fleetSpecProblems(spec as unknown as FleetInputSpec) : [`inputs[${index}]: must be a mapping`],
    ),
  ]
  if (wrong.length > 0) throw new UsageError(wrong.map((problem) => `${file}: ${problem}`).join('\n'))
  return specs as readonly FleetInputSpec[]
}

function parsed(file: string): unknown {
  try {
    return parse(readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8'))
  } catch (thrown) {
    throw new UsageError(`${file}: ${toError(thrown).message.split('\n')[0]}`)
  }
}

function specsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isObject(value)) return undefined
  return Array.isArray(value.inputs) ? value.inputs : [value]
}

function fillIn(value: unknown, fill: (text: string, path: Path) => string, path: Path = []): unknown {
  if (typeof value === 'string') return value.includes('${') ? fill(value, path) : value
  if (Array.isArray(value)) return value.map((item, index) => fillIn(item, fill, [...path, index]))
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fillIn(item, fill, [...path, key])]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
