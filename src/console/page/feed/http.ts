const TOKEN_KEY = 'loghub-console-token'

/** The error of a request to a feed. `status` is 0 without an answer. */
export class FeedError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  /** Whether the server could not be reached, as opposed to a refusal. */
  get isLost(): boolean {
    return this.status === 0
  }
}

/** Keeps the token of the agent's admin listener while the tab is open. */
export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
}

/** Reads a feed as JSON. Throws a {@link FeedError}. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, { signal: signal ?? null })).json()) as T
}

/** Sends a change. Throws a {@link FeedError}. */
export async function send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> {
  await ask(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
}

/** Sends a request and returns the answer. Throws a {@link FeedError} if it is not successful. */
export async function ask(path: string, init: RequestInit = {}): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY)
  const headers: HeadersInit = token === null ? {} : { authorization: `Bearer ${token}` }
  let response: Response
  try {
    response = await fetch(path, { ...init, headers, cache: 'no-store' })
  } catch (error) {
    if (init.signal?.aborted) throw error
    throw new FeedError(0, 'lost', 'nobody answers')
  }
  if (response.ok) return response
  const text = await response.text().catch(() => '')
  const { code = '', message = text } = errorOf(text)
  throw new FeedError(response.status, code, message)
}

function errorOf(text: string): { code?: string; message?: string } {
  try {
    return (JSON.parse(text) as { error?: object }).error ?? {}
  } catch {
    return {}
  }
}
