import { execFileSync } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, test } from 'vitest'
import { selfSigned } from '../../../support/certificate.ts'
import { runInput } from '../../support/real-agent.ts'
import { eventually, temporaryFolder } from '../../support/start-agent.ts'

const portOf = (address: string | undefined) => Number(address?.split(':').at(-1))
const MESSAGE = '<165>1 2026-01-01T00:00:00.003Z host app 42 ID47 [meta@1 a="1\\"2" b=""][x@2 c="3"] it works'

test('reads datagrams and connections of both RFCs, and keeps what is neither', async () => {
  const { producer, status } = await runInput({ type: 'syslog', udp: 0, tcp: 0 })
  const udp = createSocket('udp4')
  udp.send(MESSAGE, portOf(status().details.udp), '127.0.0.1')
  await eventually(() => producer.taken.length === 1)
  udp.close()
  const socket = connect(portOf(status().details.tcp), '127.0.0.1')
  socket.end(`<34>Oct 11 22:14:15 mymachine su[12]: 'su root' failed\n9 <13>a: hi${'not syslog at all\n'}`)
  await once(socket, 'close')
  await eventually(() => producer.taken.length === 4)
  const contents = producer.taken.map((log) => log.contents)
  expect(contents[0]).toEqual({
    facility: 'local4',
    severity: 'notice',
    hostname: 'host',
    program: 'app',
    pid: '42',
    msgid: 'ID47',
    'meta@1.a': '1"2',
    'meta@1.b': '',
    'x@2.c': '3',
    message: 'it works',
  })
  expect(producer.taken[0]!.time).toBe(Date.UTC(2026, 0, 1))
  expect(contents[1]).toEqual({
    facility: 'auth',
    severity: 'crit',
    hostname: 'mymachine',
    program: 'su',
    pid: '12',
    message: "'su root' failed",
  })
  expect(contents.slice(2).map(({ message }) => message)).toEqual(['hi', 'not syslog at all'])
})

test('a connection is held back while there is no room, and nothing is lost', async () => {
  const { producer, status } = await runInput({ type: 'syslog', tcp: 0 })
  producer.isInstant = false
  producer.capacity = 10
  const socket = connect(portOf(status().details.tcp), '127.0.0.1')
  const messages = Array.from({ length: 500 }, (_, n) => `<13>app: ${n}`)
  for (const message of messages) socket.write(`${message}\n`)
  socket.end()
  producer.capacity = 512
  for (let settled = 0; settled < 500; ) {
    await eventually(() => producer.pending.length > 0)
    settled += producer.pending.reduce((sum, { logs }) => sum + logs.length, 0)
    producer.settle()
  }
  expect(producer.values('message')).toEqual(messages.map((_, n) => String(n)))
})

test('reads messages over TLS', async () => {
  const { cert, key } = selfSigned(temporaryFolder())
  const { producer, status } = await runInput({ type: 'syslog', tls: { port: 0, cert, key } })
  const socket = connectTls({ port: portOf(status().details.tls), host: '127.0.0.1', rejectUnauthorized: false })
  socket.end(`${Buffer.byteLength(MESSAGE)} ${MESSAGE}`)
  await eventually(() => producer.taken.length === 1)
  expect(producer.values('message')).toEqual(['it works'])
})

test.skipIf(!existsSync('/usr/bin/logger'))(
  "takes what util-linux' logger sends, by UDP and TCP, in both formats",
  async () => {
    const { producer, status } = await runInput({ type: 'syslog', udp: 0, tcp: 0 })
    const { udp, tcp } = status().details
    const send = (...args: string[]) =>
      execFileSync('logger', ['-n', '127.0.0.1', '-t', 'me', '-p', 'local3.warning', ...args])
    send('-d', '-P', String(portOf(udp)), '--rfc5424', 'one')
    send('-d', '-P', String(portOf(udp)), '--rfc3164', 'two')
    send('-T', '-P', String(portOf(tcp)), '--rfc5424', '--octet-count', 'three')
    send('-T', '-P', String(portOf(tcp)), '--rfc3164', 'four')
    await eventually(() => producer.taken.length === 4)
    expect(producer.values('message').sort()).toEqual(['four', 'one', 'three', 'two'])
    for (const { contents } of producer.taken)
      expect(contents).toMatchObject({ facility: 'local3', severity: 'warning', program: 'me' })
  },
)

test('datagrams that wait for memory are bounded, and those that are dropped are counted', async () => {
  const { producer, status, counts } = await runInput({ type: 'syslog', udp: 0 })
  producer.isInstant = false
  producer.capacity = 1
  const udp = createSocket('udp4')
  const port = portOf(status().details.udp)
  const end = performance.now() + 8000
  while ((counts().byName.droppedDatagrams ?? 0) < 5 && performance.now() < end) {
    udp.send(Buffer.alloc(60_000, 97), port, '127.0.0.1')
    await new Promise((turn) => setImmediate(turn))
  }
  udp.close()
  expect(counts().byName.droppedDatagrams).toBeGreaterThan(4)
  producer.capacity = Number.POSITIVE_INFINITY
  producer.isInstant = true
  producer.settle()
  await eventually(() => counts().inFlightLogs === 0 && producer.taken.length > 200)
  expect(producer.taken.length).toBeLessThan(300)
})

test('a connection over the limit is refused and counted', async () => {
  const { status, counts } = await runInput({ type: 'syslog', tcp: 0, maxConnections: 1 })
  const first = connect(portOf(status().details.tcp), '127.0.0.1')
  await once(first, 'connect')
  const second = connect(portOf(status().details.tcp), '127.0.0.1')
  await once(second, 'close')
  expect(counts().byName.refusedConnections).toBe(1)
  first.destroy()
})

test('a connection whose TLS handshake fails is closed and counted', async () => {
  const { cert, key } = selfSigned(temporaryFolder())
  const { status, counts } = await runInput({ type: 'syslog', tls: { port: 0, cert, key } })
  const socket = connect(portOf(status().details.tls), '127.0.0.1')
  socket.on('error', () => {})
  socket.write('<13>no TLS at all\n')
  await once(socket, 'close')
  expect(counts().byName.tlsErrors).toBe(1)
})

test('one of the ports is needed', async () => {
  await expect(runInput({ type: 'syslog' })).rejects.toThrow('one of udp, tcp and tls is needed')
})
