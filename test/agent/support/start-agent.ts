import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Agent, type AgentOptions } from '../../../src/agent/index.ts'
import type { Logger } from '../../../src/core/logger.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { FakeProducer } from './fake-producer.ts'

/** An agent whose time and producer are in the hands of the test. It ends with the test. */
export function startAgent(options: Partial<AgentOptions> = {}) {
  const clock = new ManualClock()
  const producer = new FakeProducer()
  const messages: string[] = []
  const logger: Logger = { ...silentLogger, warn: (text) => messages.push(text), error: (text) => messages.push(text) }
  const agent = new Agent({ producer, clock, logger, random: () => 0.5, ...options })
  onTestFinished(async () => {
    const closing = agent.close({ timeoutMs: 0 })
    if (options.clock === undefined) await clock.advance(10)
    await closing
  })
  return { agent, clock, producer, messages }
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'loghub-agent-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Waits until something holds, by real time; for what the file system or another process does. */
export async function eventually(holds: () => boolean, timeoutMs = 8000): Promise<void> {
  const end = performance.now() + timeoutMs
  while (!holds()) {
    if (performance.now() > end) throw new Error('it did not come to hold in time')
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
