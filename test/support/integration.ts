import { onTestFinished } from 'vitest'
import { silentLogger } from '../../src/core/logger.ts'
import { type Emulator, type StoredLog, startEmulator } from '../../src/emulator/index.ts'
import { Producer } from '../../src/producer/producer.ts'

const KEYS = { accessKeyId: 'id', accessKeySecret: 'secret' }

export interface Received {
  readonly time: number
  readonly nanoseconds: number | undefined
  readonly fields: Record<string, string>
}

/** An emulator, a configuration that reaches it, and what it stored. */
export async function integrationEmulator() {
  const emulator: Emulator = await startEmulator({ autoCreate: true })
  onTestFinished(() => emulator.close())
  const config = { endpoint: emulator.url, project: 'proj', logstore: 'logs', credentials: KEYS, lingerMs: 10 }
  const received = (): Received[] => emulator.logs({ project: 'proj', logstore: 'logs' }).map(read)
  const start = (more = {}) => {
    const producer = new Producer({ ...config, logger: silentLogger, ...more })
    onTestFinished(async () => void (await producer.close({ timeoutMs: 0 })))
    return producer
  }
  return { emulator, config, received, startProducer: start }
}

function read({ time, nanoseconds, contents }: StoredLog): Received {
  return { time, nanoseconds, fields: Object.fromEntries(contents) }
}

/** Ends a stream and waits for its `finish`. */
export function ended(stream: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    stream.once('finish', resolve)
    stream.end()
  })
}
