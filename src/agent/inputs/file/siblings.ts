import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { type FoundFile, statAll } from './discovery.ts'

/** In a directory with more files than this nothing is looked for. */
const MAX_SIBLINGS = 5000

/** The files of the directory of a file. */
export async function siblingsOf(path: string): Promise<FoundFile[]> {
  const directory = dirname(path)
  const names = await readdir(directory).catch(() => [])
  if (names.length > MAX_SIBLINGS) return []
  return statAll(names.map((name) => join(directory, name)))
}

/** `app.log.1`, `app.log-20260101`, `app-20260101.log` of `app.log`. */
export function isNamedAfter(path: string, original: string): boolean {
  if (dirname(path) !== dirname(original) || path === original) return false
  const [name, of] = [basename(path), basename(original)]
  const dot = of.lastIndexOf('.')
  return name.startsWith(of) || (dot > 0 && name.startsWith(of.slice(0, dot)) && name.endsWith(of.slice(dot)))
}
