import { ProducerError, toError } from '../../core/errors.ts'

/** Packages that only users of NATS have to install. */
const PACKAGES = '@nats-io/transport-node @nats-io/jetstream @nats-io/kv'

/**
 * Loads a package of the NATS client on first use: `loadPackage(() => import('@nats-io/kv'))`.
 * @throws ProducerError `ERR_LOGHUB_OPTION` that says what to install
 */
export async function loadPackage<T>(load: () => Promise<T>): Promise<T> {
  try {
    return await load()
  } catch (thrown) {
    const cause = toError(thrown)
    const message = `the client of NATS cannot be loaded: ${cause.message.split('\n')[0]}. Install it: npm install ${PACKAGES}`
    throw new ProducerError('ERR_LOGHUB_OPTION', message, { cause })
  }
}
