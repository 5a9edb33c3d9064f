import type { Socket } from 'node:net'
import type { buildConnector, Client, Dispatcher } from 'undici'
import { AnswerWatch } from './answer-watch.ts'
import type { Undici, UndiciClient } from './load-undici.ts'

// Below the idle time of common servers (5 s and up), so that seldom one closes a connection as a request leaves on it.
const KEEP_ALIVE_MS = 4_000
const CONNECT_TIMEOUT_MS = 10_000

/** What happens to the sockets of a connection. */
export interface SocketListener {
  connected(watch: AnswerWatch): void
  /** No socket could be had. */
  failed(error: Error): void
}

/** A client of the HTTP library for one server, with one socket at a time. */
export function openConnection(undici: UndiciClient, origin: string, listener: SocketListener): Dispatcher {
  return open(undici, origin, connectorOf(undici), listener)
}

/** The same through the proxy that the environment names for the server, as `EnvHttpProxyAgent` does. */
export function openThroughProxy(undici: Undici, listener: SocketListener): Dispatcher {
  const factory = (to: string | URL, options: object) => open(undici, to, (options as WithConnector).connect, listener)
  const options = { ...clientOptions, factory, connect: connectorOf(undici) }
  return new undici.EnvHttpProxyAgent(options as EnvHttpProxyAgentOptions)
}

function connectorOf({ buildConnector }: UndiciClient): buildConnector.connector {
  return buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false })
}

function open(
  { Client: ClientOf }: UndiciClient,
  to: string | URL,
  connector: buildConnector.connector,
  listener: SocketListener,
): Dispatcher {
  const client = new ClientOf(to, { ...clientOptions, connect: watched(connector, listener) })
  client.on('connectionError', (_origin, _targets, error) => listener.failed(error))
  return client
}

type WithConnector = { readonly connect: buildConnector.connector }
type EnvHttpProxyAgentOptions = ConstructorParameters<Undici['EnvHttpProxyAgent']>[0]

const clientOptions: Client.Options = {
  pipelining: 1,
  keepAliveTimeout: KEEP_ALIVE_MS,
  allowH2: false,
  // The deadline bounds the whole attempt; these are coarse, and run on a clock of their own.
  headersTimeout: 0,
  bodyTimeout: 0,
}

function watched(connector: buildConnector.connector, listener: SocketListener): buildConnector.connector {
  return (options, callback) =>
    connector(options, (...result) => {
      const socket = result[1] as Socket | null
      if (socket) listener.connected(new AnswerWatch(socket))
      callback(...result)
    })
}
