import { describe, expect, test } from 'vitest'
import type { Query } from '../../../src/sls/auth/request-to-sign.ts'
import { signV4 } from '../../../src/sls/auth/signature-v4.ts'
import { SigningKeys } from '../../../src/sls/auth/signing-keys.ts'
import vectors from '../../vectors/signature_v4.json'

const cases = vectors.cases.filter(({ expect }) => expect === 'accept')

/** `20231114T221320Z` as epoch milliseconds. */
function parseCompact(text: string): number {
  return Date.parse(text.replace(/^(....)(..)(..T..)(..)(..)/, '$1-$2-$3:$4:$5'))
}

describe('signature v4', () => {
  test.each(cases)('signs as the official clients do: $name', (vector) => {
    const { 'x-log-date': dateTime, ...headers } = vector.headers as Record<string, string>
    const { 'x-acs-security-token': securityToken, ...unsigned } = headers
    const request = {
      method: vector.method,
      path: vector.path,
      query: vector.query as unknown as Query,
      headers: unsigned,
      body: Buffer.from(vector.bodyHex, 'hex'),
    }
    const scope = { region: vector.region!, dateMs: parseCompact(dateTime!), keys: new SigningKeys() }
    expect(signV4(request, { ...vector, securityToken }, scope)).toEqual({
      'x-log-date': dateTime,
      'x-log-content-sha256': vector.contentSha256,
      authorization: vector.authorization,
      ...(securityToken ? { 'x-acs-security-token': securityToken } : {}),
    })
  })

  test.each(cases)('derives the key of $name', (vector) => {
    const date = (vector.headers as Record<string, string>)['x-log-date']!.slice(0, 8)
    const key = new SigningKeys().derive(vector.accessKeySecret, date, vector.region!)
    expect(key.toString('hex')).toBe(vector.signingKeyHex)
  })

  test('there are vectors', () => expect(cases.length).toBeGreaterThanOrEqual(6))
})

describe('signing keys', () => {
  test('a key is derived once for secret, date and region, and another for any other', () => {
    const keys = new SigningKeys()
    const key = keys.derive('secret', '20260101', 'cn-hangzhou')
    expect(keys.derive('secret', '20260101', 'cn-hangzhou')).toBe(key)
    const others = [
      keys.derive('secret2', '20260101', 'cn-hangzhou'),
      keys.derive('secret', '20260102', 'cn-hangzhou'),
      keys.derive('secret', '20260101', 'cn-beijing'),
    ]
    expect(new Set([key, ...others].map((each) => each.toString('hex'))).size).toBe(4)
  })

  test('keys of rotated secrets do not pile up', () => {
    const keys = new SigningKeys()
    for (let day = 0; day < 1000; day++) keys.derive(`secret-${day}`, '20260101', 'cn-hangzhou')
    expect(keys.size).toBeLessThanOrEqual(64)
  })
})

test.each([Number.NaN, Number.NEGATIVE_INFINITY, -1, 253402300800000, 1e18, Number.POSITIVE_INFINITY])(
  'a clock at %d is signed with a date of the right form all the same',
  (dateMs) => {
    const request = { method: 'GET', path: '/', query: [], headers: {}, body: new Uint8Array() }
    const scope = { region: 'cn-hangzhou', dateMs, keys: new SigningKeys() }
    const headers = signV4(request, { accessKeyId: 'id', accessKeySecret: 'x' }, scope)
    expect(headers['x-log-date']).toMatch(/^\d{8}T\d{6}Z$/)
  },
)
