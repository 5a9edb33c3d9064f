import { isProducerError, ProducerError } from '../../core/errors.ts'
import { systemCode } from '../../spool/files.ts'

const ADVICE: Readonly<Record<string, string>> = {
  EACCES: 'give this process the right to write there, or name another directory',
  EPERM: 'give this process the right to write there, or name another directory',
  EROFS: 'the disk is read-only: name another directory',
  ENOTDIR: 'move away what is in its place, or name another directory',
  EISDIR: 'move away what is in its place, or name another directory',
  EEXIST: 'move away what is in its place, or name another directory',
  ELOOP: 'a symbolic link leads to itself: name another directory',
  ENAMETOOLONG: 'name a directory with a shorter path',
  ENOENT: 'something on the way to it is not there: name another directory',
  ENOSPC: 'make room on the disk',
  EDQUOT: 'make room in the quota of this user',
  EMFILE: 'let this process have more open files',
}

/** Whatever a spool fails with, as an error that says what to do. */
export function asSpoolError(error: Error, directory: string): ProducerError {
  if (isProducerError(error)) return error
  const advice = ADVICE[systemCode(error)] ?? 'see to the disk'
  const message = `the spool in ${directory} cannot be used: ${error.message}; ${advice}. It is tried again, and logs go from memory meanwhile`
  return new ProducerError('ERR_LOGHUB_SPOOL_FULL', message, { retriable: true, cause: error })
}

export function spoolGone(directory: string): ProducerError {
  const message = `the spool in ${directory} was deleted or moved while it was in use: what was on disk alone is lost to this producer; a new one is begun in its place. Stop the producer before its directory is touched`
  return new ProducerError('ERR_LOGHUB_SPOOL_CORRUPT', message)
}
