import { realpathSync } from 'node:fs'
import { createRequire } from 'node:module'
import { refusal } from '../http/service-error.ts'

/**
 * Where the optional package sql.js is: beside the program that runs, or beside this package. Refuses SQL where it is
 * not. Without `import.meta`: one source is built for both kinds of modules.
 */
export function pathOfSqlJs(): string {
  for (const from of startingPoints()) {
    try {
      return createRequire(from).resolve('sql.js')
    } catch {
      // Perhaps beside the next one.
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

/** A command of a package is a link to its file. */
function realpathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
