import { resolve } from 'node:path'
import { readSmallFile } from './read-small-file.ts'
import type { Path, Problem } from './schema.ts'

export interface InterpolationSource {
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Called with each value that is filled in. */
  readonly onFilled?: (path: Path, value: string) => void
  /** Base of relative paths in `${file:...}`. */
  readonly baseDirectory: string
}

/** `$${` stands for itself. */
const PLACEHOLDER = /\$\$\{|\$\{([^}]*)\}/g
const MAX_FILE_BYTES = 1024 * 1024
const NAME = /^([A-Za-z_]\w*)(?::-(.*))?$/s

/**
 * Replaces `${NAME}`, `${NAME:-default}` and `${file:/run/secrets/x}` in a text. Values are not interpreted again, and messages do not
 * contain them: they may be secrets.
 */
export function interpolate(text: string, source: InterpolationSource, path: Path, problems: Problem[]): string {
  return text.replace(PLACEHOLDER, (whole: string, inside: string | undefined) => {
    if (inside === undefined) return '${'
    const value = inside.startsWith('file:')
      ? fromFile(inside.slice(5), source, path, problems)
      : fromName(inside, source)
    if (value !== undefined) {
      source.onFilled?.(path, value)
      return value
    }
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
    // Editors and `echo` add a line feed to a secret.
    return readSmallFile(resolve(baseDirectory, name), MAX_FILE_BYTES)
      .toString('utf8')
      .replace(/\r?\n$/, '')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    problems.push({ path, message: `\${file:${name}}: ${code ?? message}` })
    return undefined
  }
}
