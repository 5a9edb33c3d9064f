import { stat } from 'node:fs'
import { callbackify } from 'node:util'
import type { GlobOptions } from 'tinyglobby'
import { entriesOf, realPathOf, statsOf } from './file-system.ts'
import { rawPath } from './raw-path.ts'

type FileSystem = NonNullable<GlobOptions['fs']>

/**
 * The file system as a glob sees it: with names that are not UTF-8, and without the content of `hidden` directories, by whichever path
 * they are reached.
 */
export async function globFileSystem(hidden: readonly string[]): Promise<FileSystem> {
  const identities = new Set((await Promise.all(hidden.map(identityOf))).filter((identity) => identity !== undefined))
  const readdir = async (directory: string) => {
    if (identities.size > 0 && identities.has((await identityOf(directory)) ?? '')) return []
    return entriesOf(directory)
  }
  return {
    // The walker asks with one form of options alone.
    readdir: ((directory: string, _: object, done: never) => callbackify(readdir)(directory, done)) as never,
    realpath: callbackify(realPathOf) as never,
    stat: ((path: string, done: never) => stat(rawPath(path), done)) as never,
  }
}

async function identityOf(path: string): Promise<string | undefined> {
  const stats = await statsOf(path).catch(() => undefined)
  return stats && `${stats.dev}:${stats.ino}`
}
