import type { Polled } from './use-feed.ts'

/** How the connection to the server is. */
export type Connection = 'connecting' | 'connected' | 'lost'

export function connectionOf({ value, error }: Pick<Polled<unknown>, 'value' | 'error'>): Connection {
  if (error !== undefined) return 'lost'
  return value === undefined ? 'connecting' : 'connected'
}
