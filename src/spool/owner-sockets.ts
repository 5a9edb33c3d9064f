import { randomBytes } from 'node:crypto'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What an attempt to connect to the socket of an owner shows. */
export type Knock = 'alive' | 'dead' | 'unknown'

export interface OwnerSocket {
  /** Where other processes connect. */
  readonly address: string
  close(): Promise<void>
}

/** Why a watch ended: the owner is gone, or it lives and does not accept the connection now. */
export type WatchEnd = 'gone' | 'unreachable'

/** How owners of slots show that they live: the kernel accepts connections to their sockets until the process ends. */
export interface OwnerSockets {
  /**
   * Listens at a path. Returns `'in use'` if a socket is there, also that of a dead process, and undefined if the file system has no
   * sockets. Calls `onWatcherGone` whenever a process that watched this owner ends, or watches another one.
   */
  listen(path: string, onWatcherGone: () => void): Promise<OwnerSocket | 'in use' | undefined>
  knock(address: string): Promise<Knock>
  /** Calls `onEnd` once. Returns what stops the watching. */
  watch(address: string, onEnd: (end: WatchEnd) => void): () => void
}

// The address of a socket has at most about a hundred bytes, fewer than a path may have.
const LONGEST_ADDRESS = 100

/** A process that watches sends this; a process that only asks whether the owner lives sends nothing. */
const WATCHING = 'w'

/** The sockets do not keep the process alive. */
export const nodeOwnerSockets: OwnerSockets = {
  async listen(path, onWatcherGone) {
    const address = addressFor(path)
    const connections = new Set<Socket>()
    let isClosed = false
    const server = createServer((socket) => {
      connections.add(socket)
      socket.unref()
      socket.on('error', () => {}).on('close', () => connections.delete(socket))
      // Without reading, the end of the connection would not be seen.
      socket.once('data', () => socket.on('close', () => isClosed || onWatcherGone())).resume()
    })
    const code = await start(server, address)
    if (code !== undefined) return code === 'EADDRINUSE' ? 'in use' : undefined
    server.unref()
    return {
      address,
      async close() {
        isClosed = true
        for (const socket of connections) socket.destroy()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  },

  knock(address) {
    return new Promise((resolve) => {
      const socket = createConnection(address)
      const tell = (knock: Knock) => {
        socket.destroy()
        resolve(knock)
      }
      socket.once('connect', () => tell('alive'))
      socket.once('error', (error: NodeJS.ErrnoException) => tell(meaningOf(error.code)))
    })
  },

  watch(address, onEnd) {
    const socket = createConnection(address)
    socket.unref()
    let end: WatchEnd = 'gone'
    let isConnected = false
    let isStopped = false
    socket.once('connect', () => {
      isConnected = true
    })
    socket.on('error', ({ code }: NodeJS.ErrnoException) => {
      if (!isConnected && meaningOf(code) === 'alive') end = 'unreachable'
    })
    socket.once('close', () => isStopped || onEnd(end))
    socket.resume().write(WATCHING)
    return () => {
      isStopped = true
      socket.destroy()
    }
  },
}

function addressFor(path: string): string {
  const name = `loghub-${randomBytes(8).toString('hex')}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  return Buffer.byteLength(path) <= LONGEST_ADDRESS ? path : join(tmpdir(), `${name}.sock`)
}

/** Resolves to the code of the error, if there was one. */
async function start(server: Server, address: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    server.once('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code))
    server.listen(address, () => {
      server.removeAllListeners('error').on('error', () => {})
      resolve(undefined)
    })
  })
}

function meaningOf(code: string | undefined): Knock {
  if (code === 'ECONNREFUSED') return 'dead'
  // A pipe of Windows ends with its process. A socket in a file system may have been deleted while its process lives.
  if (code === 'ENOENT') return process.platform === 'win32' ? 'dead' : 'unknown'
  // The backlog of the socket is full (a stopped process), or this process may not connect: in both cases a process listens.
  return code === 'EAGAIN' || code === 'EACCES' || code === 'EPERM' ? 'alive' : 'unknown'
}
