import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { Redaction } from '../../../src/sls/auth/redaction.ts'

const credentials = { accessKeyId: 'the-id', accessKeySecret: 'the-secret', securityToken: 'the-token+/==' }
const redaction = new Redaction(credentials, ['the-signature'])

test('what a server echoes is freed of every secret, in whatever form it repeats it', () => {
  expect(redaction.text('the-id the-secret the-token+/== the-signature')).toBe('*** *** *** ***')
  expect(redaction.text('the-token%2B%2F%3D%3D THE-SECRET')).toBe('*** ***')
  expect(redaction.text(Buffer.from('the-secret').toString('base64'))).toBe('***')
  expect(redaction.text('the-\u001b[1msecret')).toBe('***')
})

test('the short keys of a local server garble no ordinary words', () => {
  const local = new Redaction({ accessKeyId: 'id', accessKeySecret: 'Body' })
  expect(local.text('PostBodyInvalid')).toBe('PostBodyInvalid')
})

test('a text is bounded before it is repeated, and a secret is not left in halves at its end', () => {
  const text = redaction.text(`${'x'.repeat(495)}the-secret${'y'.repeat(1_000_000)}`)
  expect(text.length).toBeLessThan(510)
  expect(text).not.toContain('the-s')
})

test('a cause stays as it is, unless it would show a secret', () => {
  const harmless = new Error('connect ECONNREFUSED 127.0.0.1:1')
  expect(redaction.cause(harmless)).toBe(harmless)
  const nested = Object.assign(new Error('failed'), {
    code: 'EPROTO',
    request: { headers: { token: 'the-token+/==' } },
  })
  const cause = redaction.cause(nested)
  expect(cause).toMatchObject({ message: 'failed', code: 'EPROTO' })
  expect(inspect(cause, { showHidden: true })).not.toContain('the-token')
  expect(inspect(redaction.cause(new Error('http://me:pass@proxy/')))).not.toContain('pass')
})
