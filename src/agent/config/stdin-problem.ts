import type { InputSpec } from '../input.ts'

/** What is wrong if more than one input reads the standard input: a process has only one, and each of them would get a part of the lines. */
export function stdinProblem(specs: Iterable<InputSpec>): string | undefined {
  const ids = [...specs].filter((spec) => (spec as { type?: unknown } | null)?.type === 'stdin').map(({ id }) => id)
  return ids.length < 2 ? undefined : `only one input can be of type stdin: ${ids.join(', ')}`
}
