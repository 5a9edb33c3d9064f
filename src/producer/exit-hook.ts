import type { Clock } from '../core/clock.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

/**
 * Ctrl-C under `npm start`, `docker` and other parents reaches the process twice, some milliseconds apart: once from the
 * terminal and once from the parent. Within this time a second signal is such an echo; after it somebody means it.
 */
const ECHO_MS = 1500

type Finish = () => Promise<unknown>

/** What all producers of the process want to have done: the first to be ready must not end the others. */
interface ExitHook {
  readonly finishes: Set<Finish>
  /** Of the producer with which listening began. */
  clock: Clock | undefined
  readonly listener: (signal: NodeJS.Signals) => void
  /** When the first signal came, on the monotonic clock, while what it began is under way. */
  endingSinceMs: number | undefined
}

// Registered globally: the ESM and the CommonJS build may both be loaded, and then this module exists twice.
const REGISTRY = Symbol.for('loghub-producer.exit-hook')

/**
 * On a signal that would end the process: runs `finish`, then raises the signal again, so that the exit status stays what
 * it would have been. Where the application listens to the signal itself, ending the process is its own affair. A second
 * signal does not wait, unless it is an echo of the first ({@link ECHO_MS}). Returns what removes the hook.
 */
export function installExitHook(finish: Finish, clock: Clock): () => void {
  const hook = theExitHook()
  if (hook.finishes.size === 0 && hook.endingSinceMs === undefined) listen(hook, clock)
  hook.finishes.add(finish)
  return () => {
    if (hook.finishes.delete(finish) && hook.finishes.size === 0 && hook.endingSinceMs === undefined) stop(hook)
  }
}

function theExitHook(): ExitHook {
  const registry = globalThis as { [REGISTRY]?: ExitHook }
  registry[REGISTRY] ??= createExitHook()
  return registry[REGISTRY]
}

function createExitHook(): ExitHook {
  const hook: ExitHook = {
    finishes: new Set(),
    clock: undefined,
    listener: (signal) => onSignal(hook, signal),
    endingSinceMs: undefined,
  }
  return hook
}

function onSignal(hook: ExitHook, signal: NodeJS.Signals): void {
  const nowMs = (hook.clock as Clock).monotonicMs()
  if (hook.endingSinceMs === undefined) return void end(hook, signal, nowMs)
  if (nowMs - hook.endingSinceMs < ECHO_MS) return
  stop(hook)
  raise(signal)
}

async function end(hook: ExitHook, signal: NodeJS.Signals, nowMs: number): Promise<void> {
  hook.endingSinceMs = nowMs
  await Promise.allSettled([...hook.finishes].map((finish) => finish()))
  stop(hook)
  hook.endingSinceMs = undefined
  raise(signal)
  // The process lives on where the application listens itself, perhaps with producers made meanwhile.
  if (hook.finishes.size > 0) listen(hook, hook.clock as Clock)
}

/** With no listener left, the signal does what it does by default: it ends the process. */
function raise(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) === 0) process.kill(process.pid, signal)
}

function listen(hook: ExitHook, clock: Clock): void {
  hook.clock = clock
  for (const signal of SIGNALS) process.on(signal, hook.listener)
}

function stop({ listener }: ExitHook): void {
  for (const signal of SIGNALS) process.off(signal, listener)
}
