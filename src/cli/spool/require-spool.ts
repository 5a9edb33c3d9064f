import { readdir, stat } from 'node:fs/promises'
import { UsageError } from '../shared/exit-code.ts'

const OF_A_SPOOL = /^(format|slot-\d+)$/

/** @throws UsageError if there is no spool: a misspelt path must not look like an empty spool or become one */
export async function requireSpool(directory: string): Promise<void> {
  const found = await stat(directory).catch(() => undefined)
  if (!found?.isDirectory()) throw new UsageError(`${directory} is not a directory`)
  const names = await readdir(directory).catch((error: Error) => {
    throw new UsageError(`${directory} cannot be read: ${error.message}`)
  })
  if (names.some((name) => OF_A_SPOOL.test(name))) return
  throw new UsageError(
    `${directory} is not a spool: neither "format" nor "slot-0" is in it; name the directory that the producer was given`,
  )
}
