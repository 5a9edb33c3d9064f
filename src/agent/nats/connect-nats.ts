import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { resolve } from 'node:path'
import { checkServerIdentity, type PeerCertificate } from 'node:tls'
import type { Authenticator, NatsConnection, NodeConnectionOptions } from '@nats-io/transport-node'
import { ProducerError, toError } from '../../core/errors.ts'
import { endingForgottenSockets } from './dialed-sockets.ts'
import { loadPackage } from './load-package.ts'
import type { NatsOptions } from './nats-options.ts'

export interface NatsConnectionParts {
  /** Name of the connection on the servers. */
  readonly name: string
  /** Base of relative paths. */
  readonly baseDirectory: string
  /** Time limit of the first connection, in milliseconds. */
  readonly timeoutMs?: number
  /** Time between two attempts to reconnect, in milliseconds. */
  readonly reconnectMs?: number
}

type Client = typeof import('@nats-io/transport-node')

const DEFAULT_SERVERS = ['127.0.0.1:4222']
const DEFAULT_TIMEOUT_MS = 5000
const DEFAULT_RECONNECT_MS = 1000

/**
 * Connects to NATS. After the first connection it reconnects without limit until it is closed.
 * @throws ProducerError `ERR_LOGHUB_OPTION` (a package is missing, a file cannot be read, an address is not valid), `ERR_LOGHUB_CREDENTIALS` (the servers
 *   refuse the login), `ERR_LOGHUB_NETWORK` (none answers; the same call may succeed later)
 */
export async function connectNats(options: NatsOptions, parts: NatsConnectionParts): Promise<NatsConnection> {
  const client = await loadPackage(() => import('@nats-io/transport-node'))
  const connection = connectionOptions(client, options, parts)
  try {
    return await endingForgottenSockets(() => client.connect(connection))
  } catch (thrown) {
    throw connectError(client, toError(thrown), options)
  }
}

/** Reads every file of the options, so that problems are reported before the first connection. */
function connectionOptions(client: Client, options: NatsOptions, parts: NatsConnectionParts): NodeConnectionOptions {
  const { servers = DEFAULT_SERVERS, tls } = options
  const { name, baseDirectory, timeoutMs = DEFAULT_TIMEOUT_MS, reconnectMs = DEFAULT_RECONNECT_MS } = parts
  const read = (path: string, what: string) => readNamed(resolve(baseDirectory, path), what)
  const authenticator = authenticatorOf(client, options, read)
  return {
    name,
    servers: [...servers],
    timeout: timeoutMs,
    maxReconnectAttempts: -1,
    reconnectTimeWait: reconnectMs,
    // A login that is refused for some time, such as during a rotation, must not end the connection for good.
    ignoreAuthErrorAbort: true,
    // After two pings without an answer the connection counts as lost: it may have been lost without notice.
    pingInterval: 5000,
    noAsyncTraces: true,
    ...(authenticator !== undefined && { authenticator }),
    ...(tls !== undefined && { tls: tlsOf(tls, servers, read) }),
  }
}

function authenticatorOf(
  client: Client,
  { token, user, password, nkeySeedFile, credentialsFile }: NatsOptions,
  read: (path: string, what: string) => Buffer,
): Authenticator | undefined {
  if (token !== undefined) return client.tokenAuthenticator(token)
  if (user !== undefined) return client.usernamePasswordAuthenticator(user, password)
  // Read again for each connection, so that a renewed file is used for the next one.
  if (nkeySeedFile !== undefined) {
    const seed = () => Buffer.from(read(nkeySeedFile, 'the NKey seed').toString().trim())
    seed()
    return client.nkeyAuthenticator(seed)
  }
  if (credentialsFile !== undefined) {
    const credentials = () => read(credentialsFile, 'the credentials file')
    credentials()
    return client.credsAuthenticator(credentials)
  }
  return undefined
}

function tlsOf(
  { ca, cert, key, handshakeFirst = false }: NonNullable<NatsOptions['tls']>,
  servers: readonly string[],
  read: typeof readNamed,
) {
  return {
    handshakeFirst,
    checkServerIdentity: identityCheck(servers),
    ...(ca !== undefined && { ca: read(ca, 'the authority').toString() }),
    ...(cert !== undefined && { cert: read(cert, 'the certificate').toString() }),
    ...(key !== undefined && { key: read(key, 'the key').toString() }),
  }
}

function readNamed(path: string, what: string): Buffer {
  try {
    return readFileSync(path)
  } catch (thrown) {
    const code = (thrown as NodeJS.ErrnoException).code ?? 'cannot be read'
    throw new ProducerError('ERR_LOGHUB_OPTION', `nats: ${what} ${path}: ${code}`, { cause: thrown })
  }
}

/**
 * For a server with an IP address the client checks the certificate for the name `localhost`. Instead, the IP addresses of all servers are
 * tried: the options trust each of them.
 */
function identityCheck(servers: readonly string[]) {
  const hosts = servers.map(hostOf)
  const candidates = hosts.filter((host) => host === 'localhost' || isIP(host) !== 0)
  return (name: string, certificate: PeerCertificate): Error | undefined => {
    const names = name === 'localhost' && candidates.length > 0 ? candidates : [name]
    const problems = names.map((each) => checkServerIdentity(each, certificate))
    return problems.includes(undefined) ? undefined : problems[0]
  }
}

function hostOf(server: string): string {
  const address = server.includes('://') ? server : `nats://${server}`
  return URL.canParse(address) ? new URL(address).hostname.replace(/^\[|\]$/g, '') : server
}

function connectError(client: Client, cause: Error, { servers = DEFAULT_SERVERS }: NatsOptions): ProducerError {
  const where = servers.map(withoutLogin).join(', ')
  const { AuthorizationError, UserAuthenticationExpiredError } = client.errors
  if (cause instanceof AuthorizationError || cause instanceof UserAuthenticationExpiredError) {
    return new ProducerError('ERR_LOGHUB_CREDENTIALS', `NATS (${where}) refuses the login: ${cause.message}`, { cause })
  }
  const code = codeOf(cause)
  if (code === 'ERR_INVALID_URL') {
    const message = `nats: ${where} is no list of addresses such as nats://host:4222`
    return new ProducerError('ERR_LOGHUB_OPTION', message, { cause })
  }
  const message = `NATS cannot be reached at ${where}: ${withoutLogin(reasonOf(cause))}. ${hintOf(code)}`
  return new ProducerError('ERR_LOGHUB_NETWORK', message, { cause, retriable: true })
}

function codeOf(error: Error): string {
  const inner = error.cause instanceof Error ? error.cause : error
  return String((inner as NodeJS.ErrnoException).code ?? '')
}

/** Error codes of Node.js for certificates; there is no official list. */
const CERTIFICATE_CODE = /CERT|ISSUER|VERIFY|ALTNAME/

function hintOf(code: string): string {
  return CERTIFICATE_CODE.test(code)
    ? 'Name the authority that signed its certificate: nats.tls.ca'
    : 'Is nats-server running there?'
}

/** The message of the client may only say that the connection was refused; the reason is in the cause. */
function reasonOf(error: Error): string {
  const { cause } = error
  return cause instanceof Error && !error.message.includes(cause.message)
    ? `${error.message} (${cause.message})`
    : error.message
}

/** An address may contain a user and a password. */
function withoutLogin(text: string): string {
  return text.replace(/\/\/[^/@\s]*@/g, '//')
}
