import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import type { FilledValues } from '../../agent/config/filled-values.ts'
import { interpolate } from '../../agent/config/interpolate.ts'
import type { Path, Problem } from '../../agent/config/schema.ts'
import { toError } from '../../core/errors.ts'
import { UsageError } from '../shared/exit-code.ts'

export const STANDARD_INPUT = '-'

/** Parses a file as YAML, which includes JSON. @throws UsageError */
export function readYaml(file: string): unknown {
  try {
    return parse(readFileSync(file === STANDARD_INPUT ? 0 : file, 'utf8'))
  } catch (thrown) {
    throw new UsageError(`${file}: ${toError(thrown).message.split('\n')[0]}`)
  }
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:PATH}`, as in the configuration of an agent.
 * @param filled gets the values, which no message may show
 */
export function filledIn(
  value: unknown,
  file: string,
  environment: NodeJS.ProcessEnv,
  problems: Problem[],
  filled: FilledValues,
  path: Path = [],
): unknown {
  const baseDirectory = file === STANDARD_INPUT ? '.' : dirname(file)
  const onFilled = (at: Path, text: string) => filled.add(at, text)
  const fill = (part: unknown, at: Path): unknown => {
    if (typeof part === 'string') return interpolate(part, { environment, baseDirectory, onFilled }, at, problems)
    if (Array.isArray(part)) return part.map((item, index) => fill(item, [...at, index]))
    if (!isObject(part)) return part
    return Object.fromEntries(Object.entries(part).map(([key, item]) => [key, fill(item, [...at, key])]))
  }
  return fill(value, path)
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
