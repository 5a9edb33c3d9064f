import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createSecureContext, type SecureContextOptions, type TlsOptions } from 'node:tls'
import { toError } from '../../core/errors.ts'
import type { InputContext } from '../input.ts'
import { pause } from '../schedule/pause.ts'
import type { TlsFiles } from './tls-options.ts'

/** Certificates live for days: those that are new by a minute late are early. */
const LOOK_MS = 60_000

/** The certificate, the key and the authority of a port, as their files have them now. */
export class CertificateFiles {
  readonly #paths: readonly string[]
  #contents: readonly Buffer[]

  /** @throws the error of the file system for a file that cannot be read, and that of OpenSSL for what is no certificate */
  constructor({ cert, key, ca }: TlsFiles, baseDirectory: string) {
    this.#paths = [cert, key, ...(ca === undefined ? [] : [ca])].map((path) => resolve(baseDirectory, path))
    this.#contents = this.#paths.map((path) => readFileSync(path))
    createSecureContext(this.#secureContext())
  }

  /** With an authority, clients must show a certificate of it. */
  get options(): TlsOptions {
    const { ca } = this.#secureContext()
    return { ...this.#secureContext(), ...(ca !== undefined && { requestCert: true, rejectUnauthorized: true }) }
  }

  /**
   * Looks each minute whether the files have changed, until the input ends, and has new connections use what they have then. What is
   * no certificate and its key, such as files of which one is new and the other not yet, is left for the next look.
   */
  async follow(use: (context: SecureContextOptions) => void, { clock, signal, logger }: InputContext): Promise<void> {
    let lastProblem = ''
    for (;;) {
      await pause(clock, LOOK_MS, signal)
      if (signal.aborted) return
      try {
        if (await this.#look(use)) logger.info('uses the certificate that is new in its file')
        lastProblem = ''
      } catch (thrown) {
        const { message } = toError(thrown)
        if (message !== lastProblem) logger.warn(`keeps the certificate it has: ${message}`)
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
