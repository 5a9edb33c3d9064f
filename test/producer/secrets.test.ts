import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { EVENT_NAMES } from '../../src/producer/observe/events.ts'
import type { ProducerConfig } from '../../src/producer/options.ts'
import { Producer } from '../../src/producer/producer.ts'
import { type Reply, ScriptedServer, type SeenRequest } from '../support/scripted-server.ts'

const credentials = {
  accessKeyId: 'LTAI5tNoBodysKeyId99',
  accessKeySecret: 'S3cr3t+of/Nobody=AtAll0123456789',
  securityToken: 'CAISnobodys+token/with==signs',
}
const base64 = (text: string) => Buffer.from(text).toString('base64')
const escapes = '\u001b[31m\u0000\u0007\r\n\u009b2J'

/** Everything that came, as a hostile server or a proxy in debug mode repeats it. */
function echoOf(seen: SeenRequest): string {
  const { authorization = '' } = seen.headers
  const signature = authorization.split(/[:=]/).at(-1)
  const secrets = Object.values(credentials)
  const forms = [...secrets, ...secrets.map(encodeURIComponent), ...secrets.map(base64), signature]
  return `${escapes}${forms.join(' ')} ${seen.method} ${seen.target} ${JSON.stringify(seen.headers)}`
}

function sayAs(status: number, say: (seen: SeenRequest) => string, headers: Record<string, string> = {}): Reply {
  return (seen, response) => end(response, status, say(seen), { 'x-log-requestid': '5B3F0C2A', ...headers })
}

function end(response: ServerResponse, status: number, body: string, headers: Record<string, string>): void {
  response.writeHead(status, headers).end(body)
}

const fault = (code: string) => (seen: SeenRequest) =>
  JSON.stringify({ errorCode: code, errorMessage: echoOf(seen) + echoOf(seen).repeat(3) })

const replies: [string, Reply][] = [
  ['a wrong signature', sayAs(401, fault('SignatureNotMatch'))],
  ['an unknown code', sayAs(403, (seen) => JSON.stringify({ errorCode: echoOf(seen), errorMessage: echoOf(seen) }))],
  ['a refused log', sayAs(400, fault('PostBodyInvalid'))],
  ['a page', sayAs(200, (seen) => `<html>${echoOf(seen)}`, { 'content-type': 'text/html' })],
  ['a fault inside a success', sayAs(200, fault('InternalServerError'))],
  ['a redirect', sayAs(302, echoOf, { location: 'https://elsewhere.example/' })],
  ['a megabyte', sayAs(400, (seen) => JSON.stringify({ errorCode: 'X', errorMessage: echoOf(seen).repeat(1000) }))],
  ['a nest', sayAs(400, (seen) => `{"errorCode":${'['.repeat(20_000)}"${echoOf(seen)}"`)],
  [
    'a success whose id is the key',
    (_, response) => end(response, 200, '', { 'x-log-requestid': 'LTAI5tNoBodysKeyId99' }),
  ],
  [
    'a refusal whose id is the signature',
    (seen, response) => {
      const id = seen.headers.authorization!.split('=').at(-1)!
      end(response, 403, fault('ProjectForbidden')(seen), { 'x-log-requestid': id })
    },
  ],
  ['no HTTP', (seen) => seen.socket.end(`HTTP/9 ${echoOf(seen)}\r\n\r\n`)],
  ['a broken answer', (seen) => seen.socket.end(`HTTP/1.1 200 OK\r\n${echoOf(seen)}`)],
]

test.each(replies)(
  '%s that repeats all it was sent puts no secret into anything that the producer says',
  async (_, reply) => {
    const server = await ScriptedServer.start(reply)
    for (const region of [undefined, 'local-1']) {
      const { said } = await everythingSaid({ endpoint: server.url, region })
      expect(server.requests.length).toBeGreaterThan(0)
      expectNoSecret(said, server.requests)
    }
  },
  30_000,
)

test('options that are wrong repeat no secret either', () => {
  const { accessKeyId, accessKeySecret, securityToken } = credentials
  const endpoint = 'cn-hangzhou.log.aliyuncs.com'
  const good = { project: 'proj', logstore: 'logs', endpoint, credentials }
  const wrong: ProducerConfig[] = [
    { ...good, project: `!${accessKeySecret}` },
    { ...good, region: `!${accessKeySecret}` },
    { ...good, signatureVersion: accessKeySecret as 'v4' },
    { ...good, endpoint: `ftp://${accessKeySecret}` },
    { ...good, endpoint: `https://${accessKeyId}:${encodeURIComponent(accessKeySecret)}@${endpoint}` },
    { ...good, endpoint: `${accessKeyId}:nobody@${endpoint}:port` },
    { ...good, credentials: { accessKeyId, accessKeySecret: `${accessKeySecret}\n` } },
    { ...good, credentials: { accessKeyId, accessKeySecret, securityToken: `${securityToken} ` } },
    { ...good, credentials: { accessKeyId, accessKeySecret, expiration: accessKeySecret } },
  ]
  const said = wrong.map((config) => {
    try {
      return new Producer(config)
    } catch (error) {
      return error
    }
  })
  expect(said.every((error) => error instanceof Error)).toBe(true)
  expectNoSecret(said, [])
})

/** Runs a producer against a server, and collects what it says by any way that it has. */
async function everythingSaid(config: { endpoint: string; region: string | undefined }) {
  const said: unknown[] = []
  const hear = (message: unknown) => void said.push(message)
  const channels = ['sealed', 'attempt', 'settled'].map((name) => `loghub-producer:batch:${name}`)
  for (const channel of channels) subscribe(channel, hear)
  onTestFinished(() => channels.forEach((channel) => void unsubscribe(channel, hear)))
  const producer = new Producer({
    ...config,
    project: 'proj',
    logstore: 'logs',
    lingerMs: 0,
    retries: 2,
    baseRetryBackoffMs: 1,
    maxRetryBackoffMs: 1,
    credentials: () => credentials,
    logger: { debug: hear, info: hear, warn: hear, error: hear },
    deadLetter: hear,
  })
  for (const event of EVENT_NAMES) producer.on(event, hear)
  said.push(
    await producer
      .send({ logs: [{ contents: { n: '1' } }, { contents: { n: '2' } }] })
      .catch((error: unknown) => error),
  )
  said.push(producer.metrics(), await producer.close({ timeoutMs: 1000 }), producer)
  return { said }
}

function expectNoSecret(said: readonly unknown[], requests: readonly SeenRequest[]): void {
  const texts = said.flatMap((each) => [
    inspect(each, { depth: 20, showHidden: true, maxStringLength: null, maxArrayLength: null }),
    JSON.stringify(each, (_key, value) => (typeof value === 'bigint' ? String(value) : value)) ?? '',
  ])
  const signatures = requests.map(({ headers }) => headers.authorization!.split(/[:=]/).at(-1)!)
  const secrets = [...Object.values(credentials), ...signatures.filter((signature) => signature.length > 5)]
  const forms = [...secrets, ...secrets.map(encodeURIComponent), ...secrets.map(base64)]
  for (const text of texts) {
    for (const form of forms) expect(text.includes(form), `${form} in ${text.slice(0, 2000)}`).toBe(false)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be there
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]|\\u001b|\\x1B/)
    expect(text.length).toBeLessThan(100_000)
  }
}
