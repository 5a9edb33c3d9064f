import { createRequire } from 'node:module'
import { isAbsolute } from 'node:path'
import { pathToFileURL } from 'node:url'
import type build from 'pino-abstract-transport'
import type { ProducerConfig } from '../../producer/options.ts'
import type { CredentialsProvider } from '../../sls/auth/credentials.ts'
import { LogOutput, type OutputOptions } from '../common/log-output.ts'
import { type PinoConfig, type PinoRecordOptions, readPinoLine } from './pino-record.ts'

/** Options of a producer that can be cloned into another thread: no functions, no objects with methods. */
export type CloneableConfig = Omit<
  ProducerConfig,
  'clock' | 'credentials' | 'deadLetter' | 'dispatcher' | 'logger' | 'random' | 'router' | 'sink'
> & {
  readonly credentials?: Exclude<ProducerConfig['credentials'], CredentialsProvider | undefined>
  readonly router?: Extract<ProducerConfig['router'], string>
}

/** What the transport takes in a worker thread: everything that can be cloned. */
export interface PinoTransportOptions extends PinoRecordOptions, Pick<OutputOptions, 'destination' | 'closeTimeoutMs'> {
  /** Options of the producer in the transport's thread. What is left out comes from the environment. */
  readonly config?: CloneableConfig
  /**
   * A module whose default export gives credentials: an absolute path, a file URL or the name of a package. A function
   * cannot be passed to another thread. Default: `config.credentials`, or the environment.
   */
  readonly credentialsModule?: string
}

/**
 * The transport that pino starts in a thread of its own: `pino({ transport: { target: 'loghub-producer/pino', options } })`.
 * Its end waits until what was logged is delivered or given up. Where memory is short it reads no further, so that lines
 * wait in pino's own bounded buffer.
 *
 * @example
 * ```ts
 * import pino from 'pino'
 *
 * const logger = pino(pino.transport({ target: 'loghub-producer/pino', options: { destination: { topic: 'api' } } }))
 * logger.info({ ms: 12 }, 'served')
 * ```
 */
export async function pinoTransport(options: PinoTransportOptions = {}): Promise<ReturnType<typeof build>> {
  // Loaded here, so that the stream does without it: it comes with pino, and not everybody's package manager shows it to us.
  const { default: start } = await import('pino-abstract-transport')
  const { config, credentialsModule, flatten, messageField, destination, closeTimeoutMs } = options
  const credentials = credentialsModule === undefined ? undefined : await loadCredentials(credentialsModule)
  const output = new LogOutput({
    config: { ...config, ...(credentials && { credentials }) },
    destination,
    closeTimeoutMs,
  })
  return start(
    async (source) => {
      const { levels, messageKey } = source as unknown as PinoConfig
      for await (const line of source as AsyncIterable<string>) {
        const record = readPinoLine(line, { levels, messageKey }, { flatten, messageField })
        await output.writeWhenReady(record.fields, record.message, record.time)
      }
    },
    { parse: 'lines', expectPinoConfig: true, close: () => output.close() },
  )
}

async function loadCredentials(module: string): Promise<CredentialsProvider> {
  const loaded = (await import(resolveModule(module))) as { default?: unknown }
  const given = unwrapDefault(loaded.default)
  if (typeof given === 'function') return given as CredentialsProvider
  throw new TypeError(`credentialsModule ${module} must have a function that gives credentials as its default export`)
}

/** A CommonJS module may hold its default export one level deeper. */
function unwrapDefault(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'default' in value ? value.default : value
}

/** A package is looked for from the application's folder, not from here. */
function resolveModule(module: string): string {
  if (module.startsWith('file:')) return module
  if (isAbsolute(module)) return pathToFileURL(module).href
  return pathToFileURL(createRequire(`${process.cwd()}/`).resolve(module)).href
}
