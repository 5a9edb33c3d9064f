import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Readable } from 'node:stream'
import type { Clock } from '../../../core/clock.ts'
import { inputError } from '../../host/input-error.ts'
import type { Input, InputContext } from '../../input.ts'
import { LineStream } from '../../lines/line-stream.ts'
import { every } from '../every.ts'
import type { InputEnvironment } from '../input-environment.ts'
import type { ExecOptions } from './exec-options.ts'

type Child = ChildProcessByStdio<null, Readable, Readable>

/** Time for a command to end after it has closed its output. */
const CLOSED_OUTPUT_GRACE_MS = 5000
const MAX_STDERR_CHARS = 1000

/** Reads the output of a command that runs continuously or on a schedule. */
export function execInput(given: ExecOptions, { baseDirectory }: InputEnvironment): Input {
  const options = { ...given, cwd: given.cwd && resolve(baseDirectory, given.cwd) }
  const { intervalMs } = options
  if (intervalMs === undefined) return { run: (context) => runOn(options, context) }
  return every({ ...options, intervalMs }, ({ signal, context }) => runOnce(options, context, signal))
}

/** A command that should run continuously fails the input when it ends, so that the restart policy applies. */
async function runOn(options: ExecOptions, context: InputContext): Promise<void> {
  await runOnce(options, context, context.signal)
  if (!context.once && !context.signal.aborted) throw inputError(`the command '${options.command[0]}' has ended`)
}

/** Runs the command to its end. Rejects if it cannot be started or its exit code is not 0. */
async function runOnce(options: ExecOptions, context: InputContext, signal: AbortSignal): Promise<void> {
  const [program, ...args] = options.command as [string, ...string[]]
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A process group of its own, so that signals reach the processes that the command has started.
    detached: process.platform !== 'win32',
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  exited.catch(() => {})
  // Without free file handles the child has no streams, and an `error` event says why.
  if ((child.stdout as Readable | undefined) === undefined) await exited
  const end = endWith(child, signal, context, options.killMs ?? 2000)
  const lastErrorLine = lastErrorLineOf(child)
  try {
    await deliver(child, options, context, signal)
    end.afterOutput()
    const [code, killedBy] = await exited
    if (signal.aborted) throw signal.reason
    if (code !== 0) throw inputError(`the command '${program}' ended with ${code ?? killedBy}${lastErrorLine()}`)
  } finally {
    end.now()
  }
}

async function deliver(child: Child, options: ExecOptions, context: InputContext, signal: AbortSignal): Promise<void> {
  const lines = new LineStream(options, context)
  try {
    // Awaited, so that a full pipe slows down a fast command.
    for await (const chunk of child.stdout) {
      context.beat()
      await lines.push(chunk as Buffer)
    }
  } catch (thrown) {
    // This input has closed the stream to end the command.
    if (!signal.aborted) throw thrown
  } finally {
    await lines.end()
  }
}

/**
 * Ends the command with SIGTERM and later SIGKILL: when the signal aborts, some time after its output is closed, and at the end. A process
 * that has left the group may keep the output open for ever, so SIGKILL also closes the streams.
 */
function endWith(child: Child, signal: AbortSignal, { clock, abortSignal }: InputContext, killMs: number) {
  const timers: (() => void)[] = []
  const kill = (name: NodeJS.Signals) => {
    // As long as its output is open, other processes of its group may run. After that the number may belong to another group.
    if (child.pid === undefined || (hasExited(child) && child.stdout.closed)) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, name)
    } catch {
      // It has ended in the meantime.
    }
  }
  const later = (act: () => void, ms: number) => timers.push((clock as Clock).setTimer(act, ms))
  const finish = () => {
    kill('SIGKILL')
    child.stdout.destroy()
    child.stderr.destroy()
  }
  const term = () => {
    kill('SIGTERM')
    later(finish, killMs)
  }
  signal.addEventListener('abort', term)
  abortSignal.addEventListener('abort', finish)
  if (signal.aborted) term()
  const cancelTimers = () => {
    for (const cancel of timers) cancel()
  }
  child.once('close', cancelTimers)
  return {
    afterOutput: () => {
      later(() => kill('SIGTERM'), CLOSED_OUTPUT_GRACE_MS)
      later(finish, CLOSED_OUTPUT_GRACE_MS + killMs)
    },
    now: () => {
      signal.removeEventListener('abort', term)
      abortSignal.removeEventListener('abort', finish)
      if (hasExited(child)) cancelTimers()
      else term()
    },
  }
}

function hasExited({ exitCode, signalCode }: Child): boolean {
  return exitCode !== null || signalCode !== null
}

/** The last line of its standard error, for the error message. */
function lastErrorLineOf(child: Child): () => string {
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_STDERR_CHARS)
  })
  return () => {
    const last = text.trim().split('\n').at(-1) ?? ''
    return last === '' ? '' : `: ${last}`
  }
}
