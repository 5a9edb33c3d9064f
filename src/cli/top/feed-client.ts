import { once } from 'node:events'
import { get as httpGet, type IncomingMessage } from 'node:http'
import { get as httpsGet } from 'node:https'
import { text } from 'node:stream/consumers'
import { type About, CONSOLE_API } from '../../console/about.ts'
import { toError } from '../../core/errors.ts'
import { safeText } from '../../core/safe-text.ts'

/** Why a feed could not be read. `silent`: no answer. `token`: it needs a token. `stranger`: another program answers. */
export type FeedTrouble = 'silent' | 'token' | 'stranger'

export class FeedError extends Error {
  readonly trouble: FeedTrouble
  static {
    FeedError.prototype.name = 'FeedError'
  }

  constructor(trouble: FeedTrouble, message: string, cause?: unknown) {
    super(message, { cause })
    this.trouble = trouble
  }
}

/** Time limit for an answer. All feeds are small and usually on this machine. */
const ANSWER_TIMEOUT_MS = 5000

/** Reads the feeds of one address. */
export class FeedClient {
  /** Without a slash at the end. */
  readonly url: string
  readonly #token: string | undefined

  constructor(url: string, token?: string) {
    this.url = url
    this.#token = token
  }

  about(signal: AbortSignal): Promise<About> {
    return this.get<About>('about', signal)
  }

  /** @throws FeedError */
  async get<Feed>(name: string, signal: AbortSignal): Promise<Feed> {
    const { status, body } = await this.#ask(name, signal)
    if (status === 401) throw new FeedError('token', `${this.url} asks for a token`)
    if (status !== 200) throw new FeedError('stranger', `${this.url} answered ${status} for the feed '${name}'`)
    try {
      return JSON.parse(body) as Feed
    } catch (cause) {
      throw new FeedError('stranger', `${this.url} did not answer with JSON for the feed '${name}'`, cause)
    }
  }

  /** Does not use `fetch`, which refuses the ports that browsers block, such as 6000. */
  async #ask(name: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: string }> {
    const headers = this.#token === undefined ? {} : { authorization: `Bearer ${this.#token}` }
    const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)])
    try {
      const get = this.url.startsWith('https:') ? httpsGet : httpGet
      const sent = get(`${this.url}${CONSOLE_API}${name}`, { headers, signal: within })
      // An error after the answer is also reported by the answer.
      sent.on('error', () => {})
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      return { status: answer.statusCode ?? 0, body: await text(answer) }
    } catch (cause) {
      throw new FeedError(
        'silent',
        `${this.url} does not answer: ${reasonOf(within.aborted ? within.reason : cause)}`,
        cause,
      )
    }
  }
}

function reasonOf(thrown: unknown): string {
  const error = toError(thrown)
  if (error.name === 'TimeoutError') return `nothing came within ${ANSWER_TIMEOUT_MS / 1000} s`
  const { code } = error as NodeJS.ErrnoException
  return safeText(code ?? error.message)
}
