import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import type { Log } from '../../../sls/wire/log.ts'
import type { Input, InputContext } from '../../input.ts'
import { BadLine } from '../../lines/bad-line.ts'
import { syslogParser } from '../../lines/parsers/syslog.ts'
import { CertificateFiles } from '../certificate-files.ts'
import { MessageFramer } from './message-framer.ts'
import type { SyslogOptions } from './syslog-options.ts'

const DEFAULT_MAX_MESSAGE_BYTES = 65_536
const DEFAULT_MAX_CONNECTIONS = 1000
/** Limits of datagrams that wait for memory. More are dropped and counted: UDP has no back-pressure. */
const MAX_WAITING_DATAGRAMS = 10_000
const MAX_WAITING_DATAGRAM_BYTES = 16 * 1024 * 1024
/** TCP keep-alive: a peer that has crashed does not close its connection, which would count for `maxConnections` for ever. */
const PROBE_AFTER_MS = 60_000
const HANDSHAKE_TIMEOUT_MS = 10_000

/** Receives syslog messages over UDP, TCP and TLS. */
export function syslogInput(options: SyslogOptions, baseDirectory: string): Input {
  return new SyslogInput(options, baseDirectory)
}

class SyslogInput implements Input {
  readonly #options: SyslogOptions
  readonly #baseDirectory: string
  /** Includes TLS connections whose handshake has not ended, so that they are closed as well. */
  readonly #connections = new Set<Socket>()
  readonly #serving = new Set<Promise<void>>()
  readonly #servers: Server[] = []
  #udp: UdpSocket | undefined
  #waitingDatagrams = 0
  #waitingDatagramBytes = 0
  #read: (message: Buffer) => Log = () => ({ contents: {} })

  constructor(options: SyslogOptions, baseDirectory: string) {
    this.#options = options
    this.#baseDirectory = baseDirectory
  }

  async open(context: InputContext): Promise<void> {
    if (context.once) return context.logger.warn('listens, and is left out of a run with --once')
    const { udp, tcp, tls, host = '127.0.0.1' } = this.#options
    this.#read = readerOf(context)
    if (udp !== undefined) context.detail('udp', await this.#openUdp(context, host, udp))
    if (tcp !== undefined) context.detail('tcp', await this.#listen(createServer(PROBING), context, host, tcp))
    if (tls !== undefined) {
      const certificate = new CertificateFiles(tls, this.#baseDirectory)
      const server = createTlsServer({ ...PROBING, ...certificate.options, handshakeTimeout: HANDSHAKE_TIMEOUT_MS })
      server.on('tlsClientError', (_, socket) => {
        context.count('tlsErrors')
        // Node leaves the connection open.
        socket.destroy()
      })
      context.detail('tls', await this.#listen(server, context, host, tls.port))
      void certificate.follow((secureContext) => server.setSecureContext(secureContext), context)
    }
  }

  async run({ signal, once }: InputContext): Promise<void> {
    if (!signal.aborted && !once) await new Promise((done) => signal.addEventListener('abort', done, { once: true }))
    for (const server of this.#servers) server.close()
    for (const socket of this.#connections) socket.destroy()
    // Messages that were received completely are still written.
    await Promise.all(this.#serving)
  }

  async close(): Promise<void> {
    for (const server of this.#servers) server.close()
    for (const socket of this.#connections) socket.destroy()
    this.#udp?.close()
    this.#udp = undefined
  }

  async #openUdp(context: InputContext, host: string, port: number): Promise<string> {
    const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4', recvBufferSize: 4 * 1024 * 1024 })
    socket.bind(port, host)
    await once(socket, 'listening')
    this.#udp = socket
    socket.on('error', (error) => context.logger.warn(`udp: ${error.message}`))
    socket.on('message', (message) => this.#datagram(message, context))
    const { address, port: bound } = socket.address()
    return `${address}:${bound}`
  }

  #datagram(message: Buffer, context: InputContext): void {
    const { length } = message
    const hasRoom = this.#waitingDatagramBytes + length <= MAX_WAITING_DATAGRAM_BYTES
    if (!hasRoom || this.#waitingDatagrams >= MAX_WAITING_DATAGRAMS) return context.count('droppedDatagrams')
    const maxBytes = this.#options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES
    if (length > maxBytes) context.count('cutMessages')
    const log = this.#read(withoutEnd(message.subarray(0, maxBytes)))
    this.#waitingDatagrams++
    this.#waitingDatagramBytes += length
    context.writer
      .writeAll([log])
      .catch((error: Error) => context.logger.warn(error.message))
      .finally(() => {
        this.#waitingDatagrams--
        this.#waitingDatagramBytes -= length
      })
  }

  async #listen(server: Server, context: InputContext, host: string, port: number): Promise<string> {
    server.maxConnections = this.#options.maxConnections ?? DEFAULT_MAX_CONNECTIONS
    const event =
      server.listenerCount('secureConnection') > 0 || 'setSecureContext' in server ? 'secureConnection' : 'connection'
    server.on('connection', (socket: Socket) => this.#track(socket))
    server.on('drop', () => context.count('refusedConnections'))
    server.on(event, (socket: Socket) => this.#accept(socket, context))
    server.listen({ host, port })
    await once(server, 'listening')
    server.on('error', (error) => context.logger.warn(`tcp: ${error.message}`))
    this.#servers.push(server)
    const { address, port: bound } = server.address() as AddressInfo
    return `${address}:${bound}`
  }

  #track(socket: Socket): void {
    this.#connections.add(socket)
    socket.once('close', () => this.#connections.delete(socket))
  }

  #accept(socket: Socket, context: InputContext): void {
    const serving: Promise<void> = this.#serve(socket, context).finally(() => this.#serving.delete(serving))
    this.#serving.add(serving)
  }

  /** Awaits each write, so that TCP slows down a fast sender. Never rejects. */
  async #serve(socket: Socket, context: InputContext): Promise<void> {
    const framer = new MessageFramer(this.#options.maxMessageBytes ?? DEFAULT_MAX_MESSAGE_BYTES)
    try {
      for await (const chunk of socket) {
        const cutBefore = framer.cutMessages
        const messages = framer.push(chunk as Buffer)
        if (framer.cutMessages > cutBefore) context.count('cutMessages', framer.cutMessages - cutBefore)
        await this.#write(messages, context)
      }
    } catch (error) {
      if (!context.signal.aborted) context.count('connectionErrors')
      context.logger.debug(`a connection ended: ${(error as Error).message}`)
    }
    await this.#write(framer.end(), context).catch(() => {})
  }

  async #write(messages: readonly Buffer[], context: InputContext): Promise<void> {
    if (messages.length > 0) await context.writer.writeAll(messages.map((message) => this.#read(message)))
  }
}

const PROBING = { keepAlive: true, keepAliveInitialDelay: PROBE_AFTER_MS }

/** Text that is not a syslog message is kept as `message`. */
function readerOf({ clock, count }: InputContext): (message: Buffer) => Log {
  const parse = syslogParser(() => clock.now())
  return (message) => {
    const text = message.toString()
    const log = parse(text)
    if (log !== undefined && !(log instanceof BadLine)) return log
    count('badMessages')
    return { contents: [['message', text]] }
  }
}

function withoutEnd(message: Buffer): Buffer {
  let end = message.length
  while (end > 0 && [0x0a, 0x0d, 0].includes(message[end - 1] as number)) end--
  return message.subarray(0, end)
}
