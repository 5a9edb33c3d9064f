import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Path, Problem } from './schema.ts'

export interface InterpolationSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Where relative paths of `${file:...}` start. */
  readonly baseDirectory: string
}

/** `$${` stands for itself. */
const PLACEHOLDER = /\$\$\{|\$\{([^}]*)\}/g
const NAME = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/**
 * Fills in `${NAME}`, `${NAME:-default}` and `${file:/run/secrets/x}` in a text. What is filled in is not looked at again, and is in
 * no message: it may be a secret.
 */
export function interpolate(text: string, source: InterpolationSource, path: Path, problems: Problem[]): string {
  return text.replace(PLACEHOLDER, (whole: string, inside: string | undefined) => {
    if (inside === undefined) return '${'
    const value = inside.startsWith('file:')
      ? fromFile(inside.slice(5), source, path, problems)
      : fromName(inside, source)
    if (value !== undefined) return value
    if (!inside.startsWith('file:')) {
      const isName = NAME.test(inside)
      const message = isName
        ? `\${${inside}}: there is no such environment variable`
        : `${whole}: must be \${NAME}, \${NAME:-default} or \${file:PATH}`
      problems.push({ path, message })
    }
    return ''
  })
}

function fromName(inside: string, { environment }: InterpolationSource): string | undefined {
  const match = NAME.exec(inside)
  if (match === null) return undefined
  const [, name, byDefault] = match
  const value = environment[name as string]
  return value === undefined || (value === '' && byDefault !== undefined) ? byDefault : value
}

function fromFile(
  name: string,
  { baseDirectory }: InterpolationSource,
  path: Path,
  problems: Problem[],
): string | undefined {
  try {
    // Editors and `echo` leave a line feed at the end of a secret.
    return readFileSync(resolve(baseDirectory, name), 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    problems.push({ path, message: `\${file:${name}}: ${(error as NodeJS.ErrnoException).code ?? 'cannot be read'}` })
    return undefined
  }
}
