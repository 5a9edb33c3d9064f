import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** The sockets that are opened during one attempt to connect. */
class Dialed {
  readonly sockets: Socket[] = []
  isOver = false
}

const current = new AsyncLocalStorage<Dialed>()
let isSubscribed = false

/**
 * Runs an attempt to connect, and closes all of its sockets except that of the connection. The client of NATS does not close a socket on
 * which a server sends no greeting in time: it would keep a program from ending, and each attempt of an agent would leave one more.
 */
export async function endingForgottenSockets<T>(connect: () => Promise<T>): Promise<T> {
  if (!isSubscribed) subscribe('net.client.socket', (message) => opened((message as { socket: Socket }).socket))
  isSubscribed = true
  const dialed = new Dialed()
  try {
    const connection = await current.run(dialed, connect)
    dialed.sockets.pop()
    return connection
  } finally {
    dialed.isOver = true
    for (const socket of dialed.sockets) socket.destroy()
  }
}

function opened(socket: Socket): void {
  const dialed = current.getStore()
  // Later work of the connection runs in the same context, and opens sockets of its own.
  if (dialed !== undefined && !dialed.isOver) dialed.sockets.push(socket)
}
