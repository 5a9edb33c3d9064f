import { basename, dirname, join } from 'node:path'
import { type FoundFile, statAll } from './discovery.ts'
import { entriesOf } from './file-system.ts'

/** Larger directories are not searched. */
const MAX_SIBLINGS = 5000

/** A path, and the same without links. Rotation happens in the directory of the latter. */
export interface FilePlace {
  readonly path: string
  readonly realPath?: string
}

/** The files of the directory of a file. */
export async function siblingsOf(file: FilePlace): Promise<FoundFile[]> {
  const directory = dirname(placeOf(file))
  const entries = await entriesOf(directory).catch(() => [])
  if (entries.length > MAX_SIBLINGS) return []
  return statAll(entries.map(({ name }) => join(directory, name)))
}

/** Whether a name is one that rotation makes: `app.log.1`, `app.log-20260101` or `app-20260101.log` of `app.log`. */
export function isNamedAfter(file: FilePlace, original: FilePlace): boolean {
  const [path, originalPath] = [placeOf(file), placeOf(original)]
  if (!isInDirectoryOf(file, original) || path === originalPath) return false
  const [name, of] = [basename(path), basename(originalPath)]
  const dot = of.lastIndexOf('.')
  return name.startsWith(of) || (dot > 0 && name.startsWith(of.slice(0, dot)) && name.endsWith(of.slice(dot)))
}

export function isInDirectoryOf(file: FilePlace, other: FilePlace): boolean {
  return dirname(placeOf(file)) === dirname(placeOf(other))
}

function placeOf({ path, realPath = path }: FilePlace): string {
  return realPath
}
