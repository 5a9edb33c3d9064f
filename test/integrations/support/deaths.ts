import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { silentLogger } from '../../../src/core/logger.ts'
import { type Emulator, startEmulator } from '../../../src/emulator/index.ts'
import { Producer } from '../../../src/producer/producer.ts'
import { BUILD_DIR } from '../../support/build-once.ts'
import { builtUrl, LOGGERS } from './loggers.ts'

/** How a process or a worker thread ends, and what does it once everything is logged. */
const ENDINGS = {
  'the end of the script': '',
  'the end of the script, closed first': 'await close()',
  'process.exit': 'setTimeout(() => process.exit(0), 50)',
  SIGTERM: "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50)",
  'SIGTERM with exitHook': "setTimeout(() => process.kill(process.pid, 'SIGTERM'), 50)",
  'an uncaught exception': "setTimeout(() => { throw new Error('on purpose') }, 50)",
  'the end of a worker thread': '',
  'worker.terminate': "setTimeout(() => parentPort.postMessage('terminate me'), 50)",
} as const

export type Death = keyof typeof ENDINGS
export const DEATHS = Object.keys(ENDINGS) as Death[]
export const INTEGRATIONS = Object.keys(LOGGERS)

/** With a spool and `exitHook`, as docs/integrations.md has it. */
export const SPOOL_DEATHS = DEATHS.filter((death) => death !== 'SIGTERM')

const HARD: readonly Death[] = ['process.exit', 'SIGTERM', 'an uncaught exception', 'worker.terminate']
const BATCH = 'OpenTelemetry, batch processor'

/** Where logs may be lost without a spool. */
export const LOST: Readonly<Record<string, readonly Death[]>> = {
  ...Object.fromEntries(INTEGRATIONS.map((name) => [name, HARD])),
  // pino waits at the exit of the process until its thread has ended. Signals do not reach that thread.
  'the pino transport': ['SIGTERM', 'SIGTERM with exitHook', 'worker.terminate'],
  // OpenTelemetry's own batch processor holds records that the producer does not know; only its shutdown sends them.
  [BATCH]: [...HARD, 'the end of the script', 'the end of a worker thread', 'SIGTERM with exitHook'],
}

/** Where logs may be lost with a spool of mode `always` and `exitHook`: a thread that is cut off writes no open batch. */
export const LOST_WITH_SPOOL: Readonly<Record<string, readonly Death[]>> = {
  ...Object.fromEntries(INTEGRATIONS.map((name) => [name, ['worker.terminate'] as const])),
  'the pino transport': ['SIGTERM with exitHook', 'worker.terminate'],
  [BATCH]: LOST[BATCH] as readonly Death[],
}

/** 100,000 logs on a crowded machine take longer than the defaults give: 5 s to a signal, 10 s to the end of a logger. */
const END_MS = 60_000

export interface Run {
  readonly integration: string
  readonly death: Death
  readonly logs: number
  readonly hasSpool?: boolean
}

/** Runs a program that logs so many times and dies; resolves to how many of its logs are stored, each counted once. */
export async function deliveredAt({ integration, death, logs, hasSpool = false }: Run): Promise<number> {
  const emulator = await startEmulator({ autoCreate: true })
  const folder = await mkdtemp(join(BUILD_DIR, 'death-'))
  const config = {
    ...{ endpoint: emulator.url, project: 'proj', logstore: 'logs', lingerMs: 500 },
    credentials: { accessKeyId: 'id', accessKeySecret: 'secret' },
    exitHook: (hasSpool || death === 'SIGTERM with exitHook') && { timeoutMs: END_MS },
    ...(hasSpool && { spool: { directory: resolve(folder, 'spool'), mode: 'always' as const } }),
  }
  try {
    const program = join(folder, 'program.mjs')
    await writeFile(program, programOf(integration, death, logs, config))
    await once(spawn(process.execPath, [program], { stdio: ['ignore', 2, 'ignore'] }), 'close')
    if (hasSpool) await deliverWhatIsOnDisk(config)
    return distinctLogs(emulator)
  } finally {
    await emulator.close()
    await rm(folder, { recursive: true })
  }
}

/** The application starts again. */
async function deliverWhatIsOnDisk(config: ConstructorParameters<typeof Producer>[0]): Promise<void> {
  const producer = new Producer({ ...config, exitHook: false, logger: silentLogger })
  await producer.flush({ timeoutMs: END_MS })
  await producer.close()
}

function distinctLogs(emulator: Emulator): number {
  const stored = emulator.logs({ project: 'proj', logstore: 'logs' })
  return new Set(stored.map(({ contents }) => contents.find(([key]) => key === 'n')?.[1])).size
}

function programOf(integration: string, death: Death, logs: number, config: object): string {
  const isInWorker = death.includes('worker')
  return `
    import { fileURLToPath } from 'node:url'
    import { isMainThread, parentPort, Worker } from 'node:worker_threads'
    import { Producer } from ${JSON.stringify(builtUrl('index.js'))}
    if (isMainThread && ${isInWorker}) {
      const worker = new Worker(fileURLToPath(import.meta.url))
      worker.once('message', () => worker.terminate())
    } else await live()

    async function live() {
      const [config, closeTimeoutMs] = [${JSON.stringify(config)}, ${END_MS}]
      ${LOGGERS[integration]}
      for (let i = 0; i < ${logs}; i++) {
        log(i)
        if (i % 1000 === 999) await new Promise(setImmediate)
      }
      ${ENDINGS[death]}
    }`
}
