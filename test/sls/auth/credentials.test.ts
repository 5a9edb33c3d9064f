import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { credentialsProblem, environmentCredentials } from '../../../src/sls/auth/credentials.ts'

test('the standard environment variables make credentials', () => {
  const credentials = environmentCredentials({
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'top-secret',
    ALIBABA_CLOUD_SECURITY_TOKEN: 'top-token',
  })!
  expect(credentials.accessKeyId).toBe('id')
  expect(credentials.accessKeySecret).toBe('top-secret')
  expect(credentials.securityToken).toBe('top-token')
  expect(inspect(credentials)).not.toContain('top-')
})

test('an empty token is none, and no variables are no credentials', () => {
  expect(environmentCredentials({})).toBeUndefined()
  const env = {
    ALIBABA_CLOUD_ACCESS_KEY_ID: 'id',
    ALIBABA_CLOUD_ACCESS_KEY_SECRET: 'x',
    ALIBABA_CLOUD_SECURITY_TOKEN: '',
  }
  expect(environmentCredentials(env)!.securityToken).toBeUndefined()
})

test('half a pair in the environment is refused by the name of the missing half', () => {
  const half = environmentCredentials({ ALIBABA_CLOUD_ACCESS_KEY_ID: 'id' })
  expect(credentialsProblem(half)).toBe('accessKeySecret must be a non-empty string')
})
