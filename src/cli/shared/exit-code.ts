import { isProducerError } from '../../core/errors.ts'

/** What the exit code of the program says. Ended by a signal it is 128 and the signal's number: 130 for Ctrl-C. */
export const EXIT = {
  ok: 0,
  /** Something was tried and did not succeed, or not wholly. */
  failed: 1,
  /** The command line or the settings are wrong; nothing was tried. */
  usage: 2,
} as const

/** A sub-command tells its exit code here. */
export type SetExitCode = (code: number) => void

/** What the user can put right in the command line or the environment. */
export class UsageError extends Error {
  static {
    UsageError.prototype.name = 'UsageError'
  }
}

export function exitCodeOf(error: unknown): number {
  const isUsage = error instanceof UsageError || (isProducerError(error) && error.code === 'ERR_LOGHUB_OPTION')
  return isUsage ? EXIT.usage : EXIT.failed
}

/** Says what is wrong with a file, a problem a line, each with its place. */
export function sayProblems(error: unknown): number {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message}\n`)
  return EXIT.usage
}
