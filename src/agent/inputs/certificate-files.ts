import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { toError } from '../../core/errors.ts'
import type { InputContext } from '../input.ts'
import { pause } from '../schedule/pause.ts'
import type { TlsFiles } from './tls-options.ts'

/** Certificates are valid for days: a delay of a minute does not matter. */
const LOOK_MS = 60_000

/** The certificate, the key and the authority (CA) of a port, from files that may be replaced at any time. */
export class CertificateFiles {
  readonly #paths: readonly string[]
  #contents: readonly Buffer[]

  /** @throws an error of the file system if a file cannot be read, or of OpenSSL if its content is not valid */
  constructor({ cert, key, ca }: TlsFiles, baseDirectory: string) {
    this.#paths = [cert, key, ...(ca === undefined ? [] : [ca])].map((path) => resolve(baseDirectory, path))
    this.#contents = this.#paths.map((path) => readFileSync(path))
    createSecureContext(this.#secureContext())
  }

  /** With an authority, clients must present a certificate that it has signed. */
  get options(): TlsOptions {
    const { ca } = this.#secureContext()
    return { ...this.#secureContext(), ...(ca !== undefined && { requestCert: true, rejectUnauthorized: true }) }
  }

  /**
   * Checks each minute whether the files have changed, until the input ends; then new connections use the new content. Files that do not
   * belong together, because only one of them is new yet, are ignored until the next check.
   */
  async follow(use: (context: SecureContextOptions) => void, { clock, signal, logger }: InputContext): Promise<void> {
    let lastProblem = ''
    for (;;) {
      await pause(clock, LOOK_MS, signal)
      if (signal.aborted) return
      try {
        if (await this.#look(use)) logger.info('uses the new certificate')
        lastProblem = ''
      } catch (thrown) {
        const { message } = toError(thrown)
        if (message !== lastProblem) logger.warn(`keeps the former certificate: ${message}`)
        lastProblem = message
      }
    }
  }

  async #look(use: (context: SecureContextOptions) => void): Promise<boolean> {
    const before = this.#contents
    const contents = await Promise.all(this.#paths.map((path) => readFile(path)))
    if (contents.every((bytes, i) => bytes.equals(before[i] as Buffer))) return false
    this.#contents = contents
    try {
      createSecureContext(this.#secureContext())
      use(this.#secureContext())
      return true
    } catch (thrown) {
      this.#contents = before
      throw thrown
    }
  }

  #secureContext(): SecureContextOptions {
    const [cert, key, ca] = this.#contents
    return { cert, key, ca }
  }
}
