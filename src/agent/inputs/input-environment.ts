/** What an input needs besides its options. */
export interface InputEnvironment {
  /** Where relative paths start. */
  readonly baseDirectory: string
  /** Directories of the checkpoints and the spool. No input reads them: shipping a checkpoint file would write the next one, without end. */
  readonly ownDirectories: readonly string[]
}
