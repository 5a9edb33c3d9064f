import { stat } from 'node:fs'
import { callbackify } from 'node:util'
import type { GlobOptions } from 'tinyglobby'
import { entriesOf, realPathOf, statsOf } from './file-system.ts'
import { rawPath } from './raw-path.ts'

type FileSystem = NonNullable<GlobOptions['fs']>

/** Called for a directory that exists and cannot be read. */
export type OnUnreadable = (directory: string, error: NodeJS.ErrnoException) => void

/** Not there any more, or never a directory: globs may name such paths. */
const NOT_THERE = ['ENOENT', 'ENOTDIR']

/**
 * The functions of `node:fs` that a glob needs. They support names that are not UTF-8, and show the `hidden` directories as empty, whatever
 * the path by which they are reached.
 */
export async function globFileSystem(hidden: readonly string[], onUnreadable: OnUnreadable): Promise<FileSystem> {
  const identities = new Set((await Promise.all(hidden.map(identityOf))).filter((identity) => identity !== undefined))
  const readdir = async (directory: string) => {
    if (identities.size > 0 && identities.has((await identityOf(directory)) ?? '')) return []
    return entriesOf(directory).catch((error: NodeJS.ErrnoException) => {
      if (!NOT_THERE.includes(error.code ?? '')) onUnreadable(directory, error)
      return []
    })
  }
  return {
    // The library always passes the same options.
    readdir: ((directory: string, _: object, done: never) => callbackify(readdir)(directory, done)) as never,
    realpath: callbackify(realPathOf) as never,
    stat: ((path: string, done: never) => stat(rawPath(path), done)) as never,
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const stats = await statsOf(path).catch(() => undefined)
  return stats && `${stats.dev}:${stats.ino}`
}
