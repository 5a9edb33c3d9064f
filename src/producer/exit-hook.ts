const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

type Finish = () => Promise<unknown>

/** What all producers of the process want to have done: the first to be ready must not end the others. */
const finishes = new Set<Finish>()

/**
 * On a signal that would end the process: runs `finish`, then raises the signal again, so that the exit status stays what
 * it would have been. Where the application listens to the signal itself, ending the process is its own affair. Returns
 * what removes the hook. A second signal does not wait.
 */
export function installExitHook(finish: Finish): () => void {
  if (finishes.size === 0) for (const signal of SIGNALS) process.on(signal, onSignal)
  finishes.add(finish)
  return () => {
    if (finishes.delete(finish) && finishes.size === 0) stopListening()
  }
}

function onSignal(signal: NodeJS.Signals): void {
  const all = [...finishes]
  finishes.clear()
  stopListening()
  const raise = () => {
    if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
  }
  void Promise.allSettled(all.map((finish) => finish())).then(raise)
}

function stopListening(): void {
  for (const signal of SIGNALS) process.off(signal, onSignal)
}
