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

/** What the command still may do after its output is closed. */
const CLOSED_OUTPUT_GRACE_MS = 5000
const MAX_COMPLAINT = 1000

/** The output of a command: one that runs on, or one that runs on a schedule. */
export function execInput(given: ExecOptions, { baseDirectory }: InputEnvironment): Input {
  const options = { ...given, cwd: given.cwd && resolve(baseDirectory, given.cwd) }
  const { intervalMs } = options
  if (intervalMs === undefined) return { run: (context) => runOn(options, context) }
  return every({ ...options, intervalMs }, ({ signal, context }) => runOnce(options, context, signal))
}

/** Any end of a command that should run on is a failure: its restart is the policy's. */
async function runOn(options: ExecOptions, context: InputContext): Promise<void> {
  await runOnce(options, context, context.signal)
  if (!context.once && !context.signal.aborted) throw inputError(`the command '${options.command[0]}' has ended`)
}

/** Runs it to its end; rejects when it cannot be started or ends badly. */
async function runOnce(options: ExecOptions, context: InputContext, signal: AbortSignal): Promise<void> {
  const [program, ...args] = options.command as [string, ...string[]]
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: what the command has started ends with it.
    detached: process.platform !== 'win32',
  })
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>
  exited.catch(() => {})
  // A process that has no handles left gets a child without streams: its error says why.
  if ((child.stdout as Readable | undefined) === undefined) await exited
  const end = endWith(child, signal, context, options.killMs ?? 2000)
  const complaint = complaintOf(child)
  try {
    await deliver(child, options, context, signal)
    end.afterOutput()
    const [code, killedBy] = await exited
    if (signal.aborted) throw signal.reason
    if (code !== 0) throw inputError(`the command '${program}' ended with ${code ?? killedBy}${complaint()}`)
  } finally {
    end.now()
  }
}

async function deliver(child: Child, options: ExecOptions, context: InputContext, signal: AbortSignal): Promise<void> {
  const lines = new LineStream(options, context)
  try {
    // Awaited: a command that floods is held back by its pipe.
    for await (const chunk of child.stdout) {
      context.beat()
      await lines.push(chunk as Buffer)
    }
  } catch (thrown) {
    // Closed by us, when the command was to end.
    if (!signal.aborted) throw thrown
  } finally {
    await lines.end()
  }
}

/**
 * Ends the command by SIGTERM and, later, SIGKILL: on the signal, some time after its output is closed, and when all is over. What it
 * has started and left its group may hold its output for ever: that is closed with the SIGKILL.
 */
function endWith(child: Child, signal: AbortSignal, { clock, abortSignal }: InputContext, killMs: number) {
  const timers: (() => void)[] = []
  const kill = (name: NodeJS.Signals) => {
    // While somebody holds its output, its group may have others in it. Without them its number may be that of another group.
    if (child.pid === undefined || (hasExited(child) && child.stdout.closed)) return
    try {
      process.kill(process.platform === 'win32' ? child.pid : -child.pid, name)
    } catch {
      // It has ended meanwhile.
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

/** The last words on its standard error, for the message of a failure. */
function complaintOf(child: Child): () => string {
  let text = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-MAX_COMPLAINT)
  })
  return () => {
    const last = text.trim().split('\n').at(-1) ?? ''
    return last === '' ? '' : `: ${last}`
  }
}
