import { createReadStream } from 'node:fs'
import { access, constants, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { UsageError } from '../shared/exit-code.ts'

/** A file or the standard input. */
export interface LineSource {
  readonly name: string
  /** Undefined if it is not known, as for a pipe. */
  readonly sizeInBytes: number | undefined
  open(): Readable
}

const CHUNK_IN_BYTES = 256 * 1024

/**
 * The inputs of a command line. All of them are checked before any is read; `-`, or no name, is the standard input.
 * @throws UsageError that names everything that cannot be read
 */
export async function lineSources(paths: readonly string[]): Promise<LineSource[]> {
  const names = paths.length === 0 ? ['-'] : paths
  if (names.indexOf('-') !== names.lastIndexOf('-')) throw new UsageError("'-' is given twice: stdin can be read once")
  const found = await Promise.allSettled(names.map((name) => (name === '-' ? standardInput : fileSource(name))))
  const problems = found.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.message] : []))
  if (problems.length > 0) throw new UsageError(problems.join('; '))
  return found.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []))
}

export const standardInput: LineSource = { name: 'stdin', sizeInBytes: undefined, open: () => process.stdin }

async function fileSource(path: string): Promise<LineSource> {
  const found = await stat(path).catch((error) => unreadable(path, error))
  if (found.isDirectory()) throw new Error(`${path}: a directory; name the files in it`)
  await access(path, constants.R_OK).catch((error) => unreadable(path, error))
  return {
    name: path,
    sizeInBytes: found.isFile() ? found.size : undefined,
    open: () => createReadStream(path, { highWaterMark: CHUNK_IN_BYTES }),
  }
}

function unreadable(path: string, { code, message }: NodeJS.ErrnoException): never {
  if (code === 'ENOENT') throw new Error(`${path}: no such file`)
  throw new Error(code === 'EACCES' ? `${path}: no permission to read it` : `${path}: ${message}`)
}
