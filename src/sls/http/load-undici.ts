import { toError } from '../../core/errors.ts'
import { SinkError } from '../sink.ts'

/**
 * Loads the HTTP client, on first use since it takes longer than all the rest.
 * @throws SinkError that is final: what cannot be loaded now cannot be loaded later, and the network is not at fault
 */
export async function loadUndici(): Promise<typeof import('undici')> {
  try {
    return await import('undici')
  } catch (thrown) {
    const cause = toError(thrown)
    const advice = 'Is it installed? In a bundle, see the page on bundling in the documentation of loghub-producer.'
    const message = `The HTTP client (undici) cannot be loaded: ${cause.message}. ${advice}`
    throw new SinkError('ERR_LOGHUB_SEND', message, { failureClass: 'final', cause })
  }
}
