import { describe, expect, test } from 'vitest'
import type { Headers, Query } from '../../../src/sls/auth/request-to-sign.ts'
import { signV1 } from '../../../src/sls/auth/signature-v1.ts'
import vectors from '../../vectors/signature_v1.json'

// A browser cannot set Date and sends x-log-date instead; this client always sends Date.
const cases = vectors.cases.filter(({ expect, name }) => expect === 'accept' && !name.startsWith('browser-'))

describe('signature v1', () => {
  test.each(cases)('signs as the official clients do: $name', (vector) => {
    const { date, ...headers } = vector.headers as Record<string, string | undefined>
    const { 'x-acs-security-token': securityToken, ...unsigned } = headers
    const request = {
      method: vector.method,
      path: vector.path,
      query: vector.query as unknown as Query,
      headers: unsigned as Headers,
      body: Buffer.from(vector.bodyHex, 'hex'),
    }
    const added = signV1(request, { ...vector, securityToken }, Date.parse(date!))
    expect(added).toEqual({
      date,
      'x-log-signaturemethod': 'hmac-sha1',
      authorization: vector.authorization,
      ...(vector.contentMd5 ? { 'content-md5': vector.contentMd5 } : {}),
      ...(securityToken ? { 'x-acs-security-token': securityToken } : {}),
    })
  })

  test('there are vectors', () => expect(cases.length).toBeGreaterThanOrEqual(6))

  test('an empty body has no digest', () => {
    const request = { method: 'GET', path: '/', query: [], headers: {}, body: Buffer.alloc(0) }
    expect(signV1(request, { accessKeyId: 'id', accessKeySecret: 'secret' }, 0)).not.toHaveProperty('content-md5')
  })
})
