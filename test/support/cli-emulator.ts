import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Emulator, type EmulatorOptions, startEmulator } from '../../src/emulator/index.ts'
import type { Environment } from './run-cli.ts'

export const DESTINATION = { project: 'demo', logstore: 'app' }

/** An emulator, and the environment in which the program finds it. */
export async function cliEmulator(
  options: EmulatorOptions = {},
): Promise<{ emulator: Emulator; env: Environment; lines: (field?: string) => string[] }> {
  const emulator = await startEmulator({ autoCreate: true, ...options })
  onTestFinished(() => emulator.close())
  const lines = (field = 'content') =>
    emulator
      .logs(DESTINATION)
      .flatMap(({ contents }) => contents.filter(([key]) => key === field).map(([, value]) => value))
  return { emulator, env: environmentOf(emulator.url), lines }
}

export function environmentOf(endpoint: string): Environment {
  return {
    LOGHUB_ENDPOINT: endpoint,
    LOGHUB_PROJECT: DESTINATION.project,
    LOGHUB_LOGSTORE: DESTINATION.logstore,
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'the-key-id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'the-key-secret',
  }
}

/** A folder that is gone after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loghub-cli-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function temporaryFile(name: string, content: string | Buffer): string {
  const path = join(temporaryFolder(), name)
  writeFileSync(path, content)
  return path
}
