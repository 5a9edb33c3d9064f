const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * On a signal that would end the process: runs `finish`, then raises the signal again, so that the exit code stays what
 * it would have been. Returns what removes the hook. A second signal does not wait.
 */
export function installExitHook(finish: () => Promise<unknown>): () => void {
  const remove = () => {
    for (const signal of SIGNALS) process.off(signal, onSignal)
  }
  const onSignal = (signal: NodeJS.Signals) => {
    remove()
    const raise = () => process.kill(process.pid, signal)
    finish().then(raise, raise)
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return remove
}
