/** The standard output, or a replacement in tests. */
export interface TextOutput {
  write(text: string, done: (error?: Error | null) => void): unknown
}

/**
 * Writes and waits until the text is written. False if the reader has closed the pipe (`loghub tail | head`), which is not an
 * error.
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

/** The callback of a write gets the error of a broken pipe. Without a listener, the same error would also end the process. */
export function tolerateBrokenPipe(stream: NodeJS.WriteStream): void {
  stream.on('error', () => {})
}
