import { onTestFinished } from 'vitest'
import { Agent, type AgentOptions, type InputSpec } from '../../../src/agent/index.ts'
import { systemClock } from '../../../src/core/clock.ts'
import { silentLogger } from '../../../src/core/logger.ts'
import { FakeProducer } from './fake-producer.ts'

/** An agent in real time with one input, for what other processes and sockets do. It ends with the test. */
export async function runInput(spec: object, options: Partial<AgentOptions> = {}, producer = new FakeProducer()) {
  const agent = new Agent({ producer, clock: systemClock, logger: silentLogger, ...options })
  onTestFinished(async () => void (await agent.close({ timeoutMs: 3000 })))
  await agent.add({ id: 'i', ...spec } as InputSpec)
  const status = () => agent.status().inputs[0]!
  return { agent, producer, status, counts: () => status().counts }
}
