import type { Polled } from './use-feed.ts'

/** State of the connection to the server. */
export type Connection = 'connecting' | 'connected' | 'lost'

export function connectionOf({ value, error }: Pick<Polled<unknown>, 'value' | 'error'>): Connection {
  if (error !== undefined) return 'lost'
  return value === undefined ? 'connecting' : 'connected'
}
