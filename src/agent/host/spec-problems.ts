import { commonFields, idSchema } from '../config/common-options.ts'
import { object, pathText, problemsIn } from '../config/schema.ts'
import type { InputSpec } from '../input.ts'
import { inputSchema } from '../inputs/kinds.ts'

const codeInputSchema = object({ id: idSchema, input: { check: checkInput, jsonSchema: () => ({}) } }, commonFields)

/** Everything that is wrong with a single spec. */
export function specProblems(spec: InputSpec): string[] {
  const problems = problemsIn<unknown>('input' in spec ? codeInputSchema : inputSchema, spec)
  return problems.map(({ path, message }) => (path.length === 0 ? message : `${pathText(path)}: ${message}`))
}

function checkInput(
  value: unknown,
  path: readonly (string | number)[],
  problems: { path: typeof path; message: string }[],
): void {
  if (typeof (value as { run?: unknown } | null)?.run === 'function') return
  problems.push({ path, message: 'must be an Input: an object with a method run, such as `every` and `follow` make' })
}
