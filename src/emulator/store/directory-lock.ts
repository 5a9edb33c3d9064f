import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, realpathSync, rmSync } from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ProducerError } from '../../core/errors.ts'

// What all systems take as the path of a socket.
const LONGEST_SOCKET_PATH = 100

/**
 * Keeps a second emulator out of a data directory. The owner listens on a socket for as long as it lives, so that
 * nothing is left behind by one that was killed: its socket file is there, and nobody answers.
 */
export class DirectoryLock {
  readonly #server: Server

  private constructor(server: Server) {
    this.#server = server
  }

  /** Creates the directory if it is missing. Throws `ERR_LOGHUB_OPTION` where another emulator lives in it. */
  static async acquire(directory: string): Promise<DirectoryLock> {
    mkdirSync(directory, { recursive: true })
    const path = socketPath(realpathSync(directory))
    for (let attempt = 0; attempt < 3; attempt++) {
      const server = await listening(path)
      if (server !== undefined) return new DirectoryLock(server)
      if (await isAnswered(path)) {
        throw new ProducerError(
          'ERR_LOGHUB_OPTION',
          `the data directory ${directory} is in use by another emulator: end that one, or name another directory`,
        )
      }
      rmSync(path, { force: true })
    }
    throw new ProducerError('ERR_LOGHUB_OPTION', `the data directory ${directory} cannot be locked by ${path}`)
  }

  release(): Promise<void> {
    return new Promise((resolve) => this.#server.close(() => resolve()))
  }
}

function socketPath(directory: string): string {
  const name = `loghub-emulator-${createHash('sha256').update(directory).digest('hex').slice(0, 24)}`
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`
  const inside = join(directory, 'emulator.sock')
  return inside.length <= LONGEST_SOCKET_PATH ? inside : join(tmpdir(), `${name}.sock`)
}

/** Undefined where something has this path already. */
async function listening(path: string): Promise<Server | undefined> {
  const server = createServer((socket) => socket.destroy())
  server.unref()
  try {
    server.listen(path)
    await once(server, 'listening')
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return undefined
    throw error
  }
}

async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  try {
    await once(socket, 'connect')
    return true
  } catch {
    return false
  } finally {
    socket.destroy()
  }
}
