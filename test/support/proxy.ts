import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { onTestFinished } from 'vitest'

/** A proxy that connects to wherever it is asked to. */
export async function startProxy({ status = 200 } = {}) {
  const authorizations: (string | undefined)[] = []
  const tunnels: string[] = []
  const proxy = createServer()
  proxy.on('connect', (asked: IncomingMessage, socket: Duplex) => {
    tunnels.push(asked.url!)
    authorizations.push(asked.headers['proxy-authorization'])
    if (status !== 200) {
      socket.end(`HTTP/1.1 ${status} -\r\n\r\n`)
      return
    }
    const [host, port] = asked.url!.split(':')
    const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'))
    target.pipe(socket).pipe(target)
    for (const side of [target, socket]) side.on('error', () => {})
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  onTestFinished(() => void proxy.close())
  return { tunnels, authorizations, url: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
}
