import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { selfSigned } from '../../support/certificate.ts'
import { eventually, startAgent, temporaryFolder } from '../support/start-agent.ts'

const MINUTE_MS = 60_000

/** The certificate that a port shows to a new connection. */
function shownAt(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256)
      socket.destroy()
    })
    socket.on('error', reject)
  })
}

async function listening(type: string) {
  const folder = temporaryFolder()
  const [current, next] = [selfSigned(folder, 'current'), selfSigned(folder, 'next')]
  const started = startAgent()
  const spec =
    type === 'syslog' ? { id: 'i', type, tls: { port: 0, ...current } } : { id: 'i', type, port: 0, tls: current }
  await started.agent.add(spec)
  const { url, tls } = started.agent.status().inputs[0]!.details
  const port = Number((url ?? tls)!.split(':').at(-1))
  let shown = await shownAt(port)
  /** Looks until it shows another certificate. */
  const renewed = async () => {
    const before = shown
    for (const end = performance.now() + 8000; shown === before && performance.now() < end; ) {
      await started.clock.advance(MINUTE_MS)
      shown = await shownAt(port)
    }
    return shown !== before
  }
  return { ...started, current, next, port, renewed, shown: () => shownAt(port) }
}

test.each(['http', 'otlp', 'syslog'])('%s uses a renewed certificate for new connections', async (type) => {
  const { current, next, renewed } = await listening(type)
  copyFileSync(next.cert, current.cert)
  copyFileSync(next.key, current.key)
  expect(await renewed()).toBe(true)
})

test('a certificate whose key is not there yet, and one that is broken, change nothing until they are whole', async () => {
  const { current, next, renewed, shown, messages, clock } = await listening('http')
  const before = await shown()
  const told = async (count: number) => {
    const looked = () => {
      void clock.advance(MINUTE_MS)
      return messages.filter((text) => text.includes('keeps the former certificate')).length >= count
    }
    await eventually(looked)
  }
  const key = readFileSync(current.key)
  copyFileSync(next.cert, current.cert)
  await told(1)
  writeFileSync(current.key, key.subarray(0, 40))
  await told(2)
  expect(await shown()).toBe(before)
  copyFileSync(next.key, current.key)
  expect(await renewed()).toBe(true)
})

test('a connection that never ends its handshake does not outlive the input', async () => {
  const { agent, port } = await listening('syslog')
  const socket = connect(port, '127.0.0.1')
  const closed = new Promise((resolve) => socket.on('error', () => {}).once('close', resolve))
  await new Promise((resolve) => socket.once('connect', resolve))
  socket.write('\x16\x03')
  // Connections are taken in their order: this one comes behind.
  await shownAt(port)
  await agent.remove('i')
  await closed
})

test('a file that is no certificate is told when the input is added', async () => {
  const folder = temporaryFolder()
  const { key } = selfSigned(folder)
  const cert = join(folder, 'none.pem')
  writeFileSync(cert, 'nothing')
  const { agent } = startAgent()
  await expect(agent.add({ id: 'i', type: 'http', port: 0, tls: { cert, key } })).rejects.toThrow(/i: /)
})
