/** Where text goes: the standard output, or what a test puts in its place. */
export interface TextOutput {
  write(text: string, done: (error?: Error | null) => void): unknown
}

/**
 * Writes and waits until it is taken. False once the reader has gone (`loghub tail | head`): an ordinary end, no error.
 */
export function writeText(output: TextOutput, text: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    output.write(text, (error) => {
      if (!error) resolve(true)
      else if ((error as NodeJS.ErrnoException).code === 'EPIPE') resolve(false)
      else reject(error)
    })
  })
}

/** A broken pipe is told to the writer's callback; without a listener the same error would end the process, too. */
export function tolerateBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {})
}
