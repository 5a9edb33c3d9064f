import { FilledValues } from '../../agent/config/filled-values.ts'
import { type Problem, pathText } from '../../agent/config/schema.ts'
import { type FleetInputSpec, fleetSpecProblems } from '../../fleet/index.ts'
import { UsageError } from '../shared/exit-code.ts'
import { filledIn, isObject, readYaml } from './read-yaml.ts'

/**
 * Reads the specs of a file: `inputs` as in `agent.yaml`, a list of inputs, or one input. `${NAME}` is replaced here: the agents
 * get the values.
 * @throws UsageError with all problems, one line each
 */
export function readSpecs(file: string, environment: NodeJS.ProcessEnv): readonly FleetInputSpec[] {
  const specs = specsOf(readYaml(file))
  if (specs === undefined || specs.length === 0) throw new UsageError(`${file}: must have inputs, a list, or one input`)
  const problems: Problem[] = []
  const values = new FilledValues()
  const filled = filledIn(specs, file, environment, problems, values, ['inputs']) as readonly unknown[]
  const wrong = [
    ...problems.map(({ path, message }) => `${pathText(path)}: ${message}`),
    ...filled.flatMap((spec, index) =>
      isObject(spec) ? fleetSpecProblems(spec as unknown as FleetInputSpec) : [`inputs[${index}]: must be a mapping`],
    ),
    ...twice(filled).map((id) => `the id ${id} is given twice`),
  ]
  if (wrong.length > 0)
    throw new UsageError(wrong.map((problem) => `${file}: ${values.conceal([], problem)}`).join('\n'))
  return filled as readonly FleetInputSpec[]
}

function twice(specs: readonly unknown[]): string[] {
  const ids = specs.map((spec) => (isObject(spec) ? String(spec.id) : ''))
  return [...new Set(ids.filter((id, index) => id !== '' && ids.indexOf(id) !== index))]
}

function specsOf(value: unknown): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isObject(value)) return undefined
  return Array.isArray(value.inputs) ? value.inputs : [value]
}
