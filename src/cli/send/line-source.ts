import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { UsageError } from '../shared/exit-code.ts'

/** A file or the standard input. */
export interface LineSource {
  readonly name: string
  /** Undefined where it cannot be known: a pipe. */
  readonly sizeInBytes: number | undefined
  open(): Readable
}

const CHUNK_IN_BYTES = 256 * 1024

/**
 * The inputs that a command line names, all of them looked at before any is read; `-`, or none, is the standard input.
 * @throws UsageError for one that cannot be read
 */
export async function lineSources(paths: readonly string[]): Promise<LineSource[]> {
  const names = paths.length === 0 ? ['-'] : paths
  if (names.indexOf('-') !== names.lastIndexOf('-')) throw new UsageError("'-' is given twice: stdin can be read once")
  return Promise.all(names.map((name) => (name === '-' ? standardInput : fileSource(name))))
}

export const standardInput: LineSource = { name: 'stdin', sizeInBytes: undefined, open: () => process.stdin }

async function fileSource(path: string): Promise<LineSource> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(error.code === 'ENOENT' ? `${path}: no such file` : `${path}: ${error.message}`)
  })
  if (found.isDirectory()) throw new UsageError(`${path}: a directory; name the files in it`)
  return {
    name: path,
    sizeInBytes: found.isFile() ? found.size : undefined,
    open: () => createReadStream(path, { highWaterMark: CHUNK_IN_BYTES }),
  }
}
