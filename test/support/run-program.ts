import { type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'

export interface ProgramResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end; one that hangs is killed, and its code is then null. */
export async function runProgram(
  command: string,
  args: readonly string[],
  { timeout = 30_000, ...options }: SpawnOptions = {},
): Promise<ProgramResult> {
  const child = spawn(command, args, { ...options, timeout, killSignal: 'SIGKILL', stdio: ['ignore', 'pipe', 'pipe'] })
  let [stdout, stderr] = ['', '']
  child.stdout?.setEncoding('utf8').on('data', (text) => {
    stdout += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text) => {
    stderr += text
  })
  await once(child, 'close')
  return { code: child.exitCode, stdout, stderr }
}
