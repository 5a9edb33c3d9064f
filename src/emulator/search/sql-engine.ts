import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { refusal } from '../http/service-error.ts'

/**
 * The path of the optional package sql.js: beside the program that runs, or beside this package. Refuses SQL if it is
 * missing. `import.meta` is not used, because one source is built for both kinds of modules.
 */
export function pathOfSqlJs(): string {
  for (const from of startingPoints()) {
    try {
      return createRequire(from).resolve('sql.js')
    } catch {
      // Perhaps it is beside the next one.
    }
  }
  throw refusal(
    'ParameterInvalid',
    'SQL behind | needs the package sql.js beside the emulator: npm install sql.js, and start it again',
  )
}

function* startingPoints(): Generator<string> {
  if (typeof __filename === 'string') yield __filename
  const program = process.argv[1]
  if (program !== undefined) {
    yield program
    yield realpathOf(program)
  }
  yield `${process.cwd()}/`
}

/** Resolves links: the command of a package is a link to its file. */
function realpathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
