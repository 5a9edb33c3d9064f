/** What an input needs besides its options. */
export interface InputEnvironment {
  /** Where relative paths start. */
  readonly baseDirectory: string
  /** Directories with the checkpoints and the spool of this agent. No input reads them: reading a checkpoint file causes the next one. */
  readonly ownDirectories: readonly string[]
}
