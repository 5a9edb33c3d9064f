import { once } from 'node:events'
import { connect, createServer } from 'node:net'

/** Between one agent and one NATS server. `cut` ends what is there and lets nothing through until `mend`. */
export async function startTcpProxy(targetPort) {
  const sockets = new Set()
  let isCut = false
  const server = createServer((client) => {
    if (isCut) return client.destroy()
    const target = connect(targetPort, '127.0.0.1')
    for (const [side, other] of [
      [client, target],
      [target, client],
    ]) {
      sockets.add(side)
      side.on('error', () => {})
      side.on('close', () => {
        sockets.delete(side)
        other.destroy()
      })
      side.pipe(other)
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `nats://127.0.0.1:${server.address().port}`,
    /** Silently, as a firewall does: what is written waits for ever; or at once, as a dead machine. */
    cut(silently) {
      isCut = true
      for (const socket of sockets) silently ? socket.unpipe().pause() : socket.destroy()
    },
    mend() {
      isCut = false
      for (const socket of sockets) socket.destroy()
    },
    close() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}
