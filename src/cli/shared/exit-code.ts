import { isProducerError } from '../../core/errors.ts'

/** Exit codes of the program. After a signal it is 128 plus the number of the signal: 130 for Ctrl-C. */
export const EXIT = {
  ok: 0,
  /** Something failed, or succeeded only partly. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was attempted. */
  usage: 2,
} as const

/** Called by a sub-command with its exit code. */
export type SetExitCode = (code: number) => void

/** A problem that the user can correct in the command line or the environment. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}

export function exitCodeOf(error: unknown): number {
  const isUsage = error instanceof UsageError || (isProducerError(error) && error.code === 'ERR_LOGHUB_OPTION')
  return isUsage ? EXIT.usage : EXIT.failed
}

/** Prints the problems of a file, one line each, and returns the exit code. Rethrows other errors. */
export function sayProblems(error: unknown): number {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  return EXIT.usage
}
