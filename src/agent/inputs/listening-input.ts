import { toError } from '../../core/errors.ts'
import type { Guard } from '../../server/guards.ts'
import { HttpServer } from '../../server/http-server.ts'
import { type HttpRoute, routed } from '../../server/routed.ts'
import type { Input, InputContext } from '../input.ts'
import { CertificateFiles } from './certificate-files.ts'
import type { TlsFiles } from './tls-options.ts'

export interface ListeningOptions {
  readonly host: string
  readonly port: number
  readonly guard?: Guard | undefined
  readonly tls?: TlsFiles | undefined
  /** Where relative paths start. */
  readonly baseDirectory: string
  readonly maxBodyBytes: number
  readonly maxConnections?: number | undefined
}

export const DEFAULT_MAX_CONNECTIONS = 1000
/** Time for running requests to end when the input ends. */
const CLOSE_TIMEOUT_MS = 2000

/** An input that is an HTTP server. */
export class ListeningInput implements Input {
  readonly #options: ListeningOptions
  readonly #routes: (context: InputContext) => readonly HttpRoute[]
  #server: HttpServer | undefined

  constructor(options: ListeningOptions, routes: (context: InputContext) => readonly HttpRoute[]) {
    this.#options = options
    this.#routes = routes
  }

  async open(context: InputContext): Promise<void> {
    if (context.once) return context.logger.warn('listens, and is left out of a run with --once')
    const { host, port, guard, maxBodyBytes, tls, baseDirectory } = this.#options
    const { maxConnections = DEFAULT_MAX_CONNECTIONS } = this.#options
    const onError = (error: unknown) => context.logger.error(`a request failed: ${toError(error).message}`)
    const onExchange = routed(this.#routes(context), { guard, maxBodyBytes, onError })
    const certificate = tls && new CertificateFiles(tls, baseDirectory)
    const server = new HttpServer({
      onExchange,
      onBrokenRequest: () => context.count('brokenRequests'),
      limits: { maxConnections },
      tls: certificate?.options,
    })
    const listening = await server.listen({ host, port })
    this.#server = server
    void certificate?.follow((secureContext) => server.renewTls(secureContext), context)
    context.detail(
      'url',
      `http${tls === undefined ? '' : 's'}://${host.includes(':') ? `[${host}]` : host}:${listening}`,
    )
  }

  run({ signal, once }: InputContext): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || once) resolve()
      else signal.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async close(): Promise<void> {
    await this.#server?.close({ timeoutMs: CLOSE_TIMEOUT_MS })
  }
}
