import { describe, expect, test } from 'vitest'
import { startEmulator } from '../../../src/emulator/index.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { KEY, PROJECT, type Reply, send, sendSigned } from '../support/client.ts'
import { vectors } from '../support/vectors.ts'

interface Case {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly query: readonly [string, string][]
  readonly headers: Record<string, string>
  readonly bodyHex: string
  readonly accessKeyId: string
  readonly accessKeySecret: string
  readonly contentMd5?: string
  readonly contentSha256?: string
  readonly authorization: string
  readonly serverTime?: string
  readonly expect?: 'accept' | { readonly httpStatus: number; readonly errorCode: string }
}

const casesOf = (file: string) => vectors<{ cases: Case[] }>(file).cases.map((one) => [one.name, one] as const)
const REFUSALS_OF_AUTHENTICATION = /Signature|Unauthorized|Date|Time|APIVersion|AccessKey|pair is invalid/

async function verdictOf(one: Case, serverTime: string): Promise<Reply> {
  const clock = new ManualClock(Date.parse(serverTime))
  await using emulator = await startEmulator({ credentials: one, autoCreate: true, clock })
  const host = one.headers.host ?? 'my-project.sls.test'
  const headers = {
    ...one.headers,
    host,
    authorization: one.authorization,
    ...(one.contentMd5 && { 'content-md5': one.contentMd5 }),
    ...(one.contentSha256 && { 'x-log-content-sha256': one.contentSha256 }),
  }
  return await send(emulator, { ...one, host, headers, body: Buffer.from(one.bodyHex, 'hex') })
}

function check(one: Case, reply: Reply): void {
  if (one.expect === undefined || one.expect === 'accept') {
    expect(reply.body.toString()).not.toMatch(REFUSALS_OF_AUTHENTICATION)
  } else {
    expect([reply.status, reply.json.errorCode]).toEqual([one.expect.httpStatus, one.expect.errorCode])
  }
}

describe('signature version 1', () => {
  for (const file of ['signature_v1', 'signature_v1_hmac_sha256']) {
    test.each(casesOf(file))(`${file}: %s`, async (_, one) => {
      check(one, await verdictOf(one, one.serverTime ?? '2023-11-14T22:13:20Z'))
    })
  }
})

describe('signature version 4', () => {
  test.each(casesOf('signature_v4'))('%s', async (_, one) => {
    const date = one.headers['x-log-date'] as string
    const iso = date.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')
    check(one, await verdictOf(one, iso))
  })
})

describe('keys', () => {
  const clock = new ManualClock()
  const list = { path: '/logstores' }

  test('without credentials any key pair is taken, but the digest of the body is still checked', async () => {
    await using emulator = await startEmulator({ clock })
    emulator.createProject(PROJECT)
    const any = { accessKeyId: 'anyone', accessKeySecret: 'anything' }
    expect((await sendSigned(emulator, list, clock.now(), any)).status).toBe(200)
    const headers = { 'content-type': 'application/json', 'content-md5': 'D41D8CD98F00B204E9800998ECF8427E' }
    const wrong = { method: 'POST', path: '/logstores', headers, body: Buffer.from('{}') }
    expect((await sendSigned(emulator, wrong, clock.now(), any)).json.errorCode).toBe('SignatureNotMatch')
  })

  test('an unknown key is Unauthorized until it is put, and again once it is removed', async () => {
    await using emulator = await startEmulator({ clock, credentials: KEY })
    emulator.createProject(PROJECT)
    const second = { accessKeyId: 'second', accessKeySecret: 'other' }
    const ask = async () => (await sendSigned(emulator, list, clock.now(), second)).json.errorCode
    expect(await ask()).toBe('Unauthorized')
    emulator.putCredentials(second)
    expect(await ask()).toBeUndefined()
    emulator.removeCredentials('second')
    expect(await ask()).toBe('Unauthorized')
  })

  test('a key with a security token must come with that token', async () => {
    await using emulator = await startEmulator({ clock, credentials: { ...KEY, securityToken: 'token' } })
    emulator.createProject(PROJECT)
    const withToken = (token: string) => ({ ...list, headers: { 'x-acs-security-token': token } })
    expect((await sendSigned(emulator, list, clock.now())).json.errorCode).toBe('Unauthorized')
    expect((await sendSigned(emulator, withToken('old'), clock.now())).json.errorCode).toBe('Unauthorized')
    expect((await sendSigned(emulator, withToken('token'), clock.now())).status).toBe(200)
  })

  test.each([
    ['MissAccessKeyId', { 'x-log-apiversion': '0.6.0' }],
    ['InvalidAPIVersion', { 'x-log-apiversion': '9.9.9' }],
    ['MissingDate', { 'x-log-apiversion': '0.6.0', 'x-log-signaturemethod': 'hmac-sha1', authorization: 'LOG id:x' }],
    [
      'InvalidSignatureMethod',
      { 'x-log-apiversion': '0.6.0', 'x-log-signaturemethod': 'rot13', authorization: 'LOG id:x' },
    ],
  ])('%s names what is wrong with the headers', async (errorCode, headers) => {
    await using emulator = await startEmulator({ clock })
    expect((await send(emulator, { ...list, headers })).json.errorCode).toBe(errorCode)
  })

  test('a date 15 minutes off is taken, a second more is not', async () => {
    await using emulator = await startEmulator({ clock, credentials: KEY })
    emulator.createProject(PROJECT)
    const at = async (offsetMs: number) => (await sendSigned(emulator, list, clock.now() + offsetMs)).json.errorCode
    expect(await at(-900_000)).toBeUndefined()
    expect(await at(900_000)).toBeUndefined()
    expect(await at(-901_000)).toBe('RequestTimeExpired')
    expect(await at(901_000)).toBe('RequestTimeExpired')
  })
})
