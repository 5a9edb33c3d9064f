import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** The sockets that are opened while one connection is made. */
class Dialed {
  readonly sockets: Socket[] = []
  isOver = false
}

const current = new AsyncLocalStorage<Dialed>()
let isSubscribed = false

/**
 * Runs what makes a connection, and ends all of its sockets but the one that it is over. The client of NATS forgets a socket on which no
 * server says hello in time: it would keep a program from ending, and an agent would have one more with each attempt.
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
  // What follows from the connection runs in its context as well, and opens sockets of its own.
  if (dialed !== undefined && !dialed.isOver) dialed.sockets.push(socket)
}
