/// <reference path="./undici-files.d.ts" />
import { toError } from '../../core/errors.ts'
import { SinkError } from '../sink.ts'

/** The HTTP client library. */
export type Undici = typeof import('undici')

/** What a connection without a proxy needs of it. */
export type UndiciClient = Pick<Undici, 'Client' | 'buildConnector'>

/**
 * Loads the HTTP client, on first use since it takes longer than all the rest.
 * @throws SinkError that is final: what cannot be loaded now cannot be loaded later, and the network is not at fault
 */
export async function loadUndici(): Promise<Undici> {
  try {
    return await import('undici')
  } catch (thrown) {
    const cause = toError(thrown)
    const advice = 'Is it installed? In a bundle, see the page on bundling in the documentation of loghub-producer.'
    const message = `The HTTP client (undici) cannot be loaded: ${cause.message}. ${advice}`
    throw new SinkError('ERR_LOGHUB_SEND', message, { failureClass: 'final', cause })
  }
}

/**
 * Loads the client alone: a quarter of the files of the package, in a third of the time (`bench/import-time.mjs`). Its files are not a
 * public interface, so where they are not found the whole package is loaded.
 * @throws SinkError as {@link loadUndici} does
 */
export async function loadUndiciClient(): Promise<UndiciClient> {
  try {
    const [client, connect] = await Promise.all([
      import('undici/lib/dispatcher/client.js'),
      import('undici/lib/core/connect.js'),
    ])
    return { Client: client.default, buildConnector: connect.default }
  } catch {
    return loadUndici()
  }
}
