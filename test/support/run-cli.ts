import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import { BUILD_DIR } from './build-once.ts'

const PROGRAM = resolve(BUILD_DIR, 'cli/loghub.js')

export type Environment = Readonly<Record<string, string>>

export interface CliResult {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the real program. Its environment is the one given and nothing else. */
export class CliRun {
  readonly child: ChildProcessWithoutNullStreams
  stdout = ''
  stderr = ''
  readonly #waiting = new Set<() => void>()
  readonly #closed: Promise<unknown>

  constructor(args: readonly string[], env: Environment = {}) {
    this.child = spawn(process.execPath, [PROGRAM, ...args], { env: { ...env } })
    this.#closed = once(this.child, 'close').finally(() => this.#wake())
    this.child.stdout.setEncoding('utf8').on('data', (text) => {
      this.stdout += text
      this.#wake()
    })
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
      this.#wake()
    })
    // A program that ends early does not read its input to the end.
    this.child.stdin.on('error', () => {})
    onTestFinished(() => {
      this.child.kill('SIGKILL')
    })
  }

  /** Resolves once the output has it; fails when the program ends without. */
  async shows(stream: 'stdout' | 'stderr', pattern: string | RegExp): Promise<void> {
    const isThere = () => (typeof pattern === 'string' ? this[stream].includes(pattern) : pattern.test(this[stream]))
    while (!isThere()) {
      if (this.child.exitCode !== null)
        throw new Error(`ended with ${this.child.exitCode}: ${this.stderr}${this.stdout}`)
      await new Promise<void>((wake) => this.#waiting.add(wake))
    }
  }

  async result(): Promise<CliResult> {
    await this.#closed
    return { code: this.child.exitCode, stdout: this.stdout, stderr: this.stderr }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }
}

/** Runs the program to its end. */
export async function runCli(args: readonly string[], env?: Environment, input = ''): Promise<CliResult> {
  const run = new CliRun(args, env)
  run.child.stdin.end(input)
  return run.result()
}
