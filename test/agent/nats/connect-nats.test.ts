import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { nkeys } from '@nats-io/transport-node'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectNats } from '../../../src/agent/nats/connect-nats.ts'
import { loadPackage } from '../../../src/agent/nats/load-package.ts'
import type { NatsOptions } from '../../../src/agent/nats/nats-options.ts'
import { natsCredentials } from '../../support/nats-credentials.ts'
import { hasNatsServer, startNatsServer } from '../../support/nats-server.mjs'
import { eventually, temporaryFolder } from '../support/start-agent.ts'

async function connected(options: NatsOptions, baseDirectory = '.') {
  const connection = await connectNats(options, { name: 'test', baseDirectory })
  onTestFinished(() => connection.close())
  return connection
}

test('a package that is not installed is named, and how to install it', async () => {
  const missing = () => loadPackage(() => import(String('@nats-io/no-such-package')))
  await expect(missing()).rejects.toMatchObject({
    code: 'ERR_LOGHUB_OPTION',
    message: expect.stringMatching(/no-such-package.*Install it: npm install @nats-io\/transport-node/),
  })
})

test('a file that cannot be read is named before anything is connected', async () => {
  for (const options of [{ credentialsFile: 'none' }, { nkeySeedFile: 'none' }, { tls: { ca: 'none' } }]) {
    await expect(connected(options, '/base')).rejects.toMatchObject({
      code: 'ERR_LOGHUB_OPTION',
      message: expect.stringMatching(/^nats: .* \/base\/none: ENOENT$/),
    })
  }
})

test('servers that do not answer are named without the login in their address', async () => {
  await expect(connected({ servers: ['nats://me:secret@127.0.0.1:1'] })).rejects.toMatchObject({
    code: 'ERR_LOGHUB_NETWORK',
    retriable: true,
    message: expect.stringMatching(/^NATS cannot be reached at nats:\/\/127\.0\.0\.1:1: (?!.*secret)/),
  })
})

test('what is no address is told as a mistake, not tried again', async () => {
  await expect(connected({ servers: ['x y:z'] })).rejects.toMatchObject({ code: 'ERR_LOGHUB_OPTION' })
})

test('a server that says nothing is given up, and its socket is closed', async () => {
  let open = 0
  const mute = createServer((socket) => {
    open++
    socket.on('error', () => {}).on('close', () => open--)
    socket.resume()
  }).listen(0, '127.0.0.1')
  await once(mute, 'listening')
  onTestFinished(() => void mute.close())
  const { port } = mute.address() as AddressInfo
  const parts = { name: 'test', baseDirectory: '.', timeoutMs: 100 }
  await expect(connectNats({ servers: [`127.0.0.1:${port}`] }, parts)).rejects.toMatchObject({ retriable: true })
  await eventually(() => open === 0)
})

describe.skipIf(!hasNatsServer)('with a real server', () => {
  async function server(config: string) {
    const started = await startNatsServer({ config, jetstream: false })
    onTestFinished(() => started.stop())
    return started.url
  }

  test('a token logs in, and a wrong one is refused and not shown', async () => {
    const servers = [await server('authorization { token: right }')]
    expect((await connected({ servers, token: 'right' })).isClosed()).toBe(false)
    await expect(connected({ servers, token: 'wrong-one' })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_CREDENTIALS',
      message: expect.not.stringContaining('wrong-one'),
    })
  })

  test('user and password log in', async () => {
    const servers = [await server('authorization { user: me, password: secret }')]
    expect((await connected({ servers, user: 'me', password: 'secret' })).isClosed()).toBe(false)
  })

  test('an NKey seed in a file logs in', async () => {
    const user = nkeys.createUser()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'seed'), `${new TextDecoder().decode(user.getSeed())}\n`)
    const servers = [await server(`authorization { users: [ { nkey: ${user.getPublicKey()} } ] }`)]
    expect((await connected({ servers, nkeySeedFile: 'seed' }, folder)).isClosed()).toBe(false)
  })

  test('a credentials file logs in', async () => {
    const { config, file } = natsCredentials()
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'user.creds'), file)
    const servers = [await server(config)]
    expect((await connected({ servers, credentialsFile: 'user.creds' }, folder)).isClosed()).toBe(false)
    await expect(connected({ servers })).rejects.toMatchObject({ code: 'ERR_LOGHUB_CREDENTIALS' })
  })

  test('TLS with an authority of its own connects, and without it does not', async () => {
    const folder = temporaryFolder()
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')]
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...subject, ...files], {
      stdio: 'ignore',
    })
    const url = await server(`tls { cert_file: "${folder}/cert.pem", key_file: "${folder}/key.pem" }`)
    const servers = [url.replace('127.0.0.1', 'localhost')]
    for (const address of [...servers, url])
      expect((await connected({ servers: [address], tls: { ca: 'cert.pem' } }, folder)).isClosed()).toBe(false)
    await expect(connected({ servers, tls: {} })).rejects.toMatchObject({
      code: 'ERR_LOGHUB_NETWORK',
      message: expect.stringContaining('Name the authority that signed its certificate: nats.tls.ca'),
    })
  })
})
