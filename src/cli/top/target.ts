import type { About } from '../../console/about.ts'
import { safeText } from '../../core/safe-text.ts'
import { UsageError } from '../shared/exit-code.ts'
import { FeedClient, FeedError } from './feed-client.ts'

/** The program that is shown. */
export interface Target {
  readonly client: FeedClient
  readonly about: About
  /** Other programs that answered, if no address was given. */
  readonly others: readonly { readonly about: About; readonly url: string }[]
}

/** The default address of each kind of program, in order of preference. */
const USUAL = [
  { port: 9320, kind: 'agent' },
  { port: 9330, kind: 'producer' },
  { port: 9310, kind: 'emulator' },
] as const

const WHAT_TO_DO = `Start one of them, or name its address:
  loghub emulator                        a local Log Service
  loghub agent --config agent.yaml       with 'admin: {}' in the configuration
  await serveProducer(producer)          in an application, from 'loghub-producer/agent'
  loghub top http://127.0.0.1:PORT       any of them at another port`

const TOKEN_ADVICE = 'it is admin.token of its configuration; give it in LOGHUB_ADMIN_TOKEN or by --token'

/**
 * Finds the program at an address or, without one, the programs on this machine.
 * @throws FeedError that says what to do next
 */
export async function findTarget(
  address: string | undefined,
  token: string | undefined,
  signal: AbortSignal,
): Promise<Target> {
  if (address !== undefined) return { ...(await meet(address, token, signal)), others: [] }
  const met = await Promise.all(
    USUAL.map(({ port }) => meet(`http://127.0.0.1:${port}`, token, signal).catch((error: FeedError) => error)),
  )
  const found = met.flatMap((each) => (each instanceof FeedError ? [] : [each]))
  const [first, ...others] = found
  if (first === undefined) throw noneError(met.flatMap((each) => (each instanceof FeedError ? [each] : [])))
  return { ...first, others: others.map(({ about, client }) => ({ about, url: client.url })) }
}

/** Converts `9330`, `host:9330` or a URL to an address without a path. */
export function addressOf(text: string): string {
  const withHost = /^\d+$/.test(text) ? `127.0.0.1:${text}` : text
  try {
    return new URL(/^https?:\/\//i.test(withHost) ? withHost : `http://${withHost}`).origin
  } catch {
    throw new UsageError(`'${safeText(text)}' is no address: give a port, or http://HOST:PORT`)
  }
}

async function meet(url: string, token: string | undefined, signal: AbortSignal) {
  const client = new FeedClient(url, token)
  try {
    const about = await client.about(signal)
    if (!USUAL.some(({ kind }) => kind === about?.kind)) throw new FeedError('stranger', `${url} answered`)
    return { client, about }
  } catch (error) {
    throw error instanceof FeedError ? withAdvice(error) : error
  }
}

function withAdvice({ trouble, message, cause }: FeedError): FeedError {
  const advice = {
    silent: `\n${WHAT_TO_DO}`,
    token: `: ${TOKEN_ADVICE}`,
    stranger: ', and is no emulator, agent or producer of this version: look at the address',
  }
  return new FeedError(trouble, message + advice[trouble], cause)
}

/** Prefers the error of a program that needs a token: that program runs. */
function noneError(errors: readonly FeedError[]): FeedError {
  const told = errors.find(({ trouble }) => trouble === 'token')
  if (told !== undefined) return told
  const places = USUAL.map(({ port, kind }) => `${kind} at ${port}`).join(', ')
  return new FeedError('silent', `nothing to look at answers on this machine (${places}).\n${WHAT_TO_DO}`)
}
