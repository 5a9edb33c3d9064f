const TOKEN_KEY = 'loghub-console-token'

/** What a feed has refused. `status` 0: nobody answered. */
export class FeedError extends Error {
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }

  /** Whether the server is away, rather than of another opinion. */
  get isLost(): boolean {
    return this.status === 0
  }
}

/** The token of the agent's admin listener, for as long as the tab is open. */
export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token)
}

/** A feed as JSON. Throws a {@link FeedError}. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await (await ask(path, { signal: signal ?? null })).json()) as T
}

/** Changes something. Throws a {@link FeedError}. */
export async function send(method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> {
  await ask(path, { method, ...(body !== undefined && { body: JSON.stringify(body) }) })
}

/** The answer, if it is a good one. Throws a {@link FeedError} for all others. */
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
