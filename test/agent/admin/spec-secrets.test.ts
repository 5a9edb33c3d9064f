import { expect, test } from 'vitest'
import { HIDDEN, withoutSecrets, withSecretsOf } from '../../../src/agent/admin/spec-secrets.ts'

const spec = {
  id: 'in',
  type: 'jetstream',
  servers: ['a', 'b'],
  auth: { password: 'p', user: 'u', nkeySeedFile: './seed' },
  token: 't',
  batch: 10,
  tls: null,
}

test('secrets of a spec are hidden, wherever they stand', () => {
  const shown = withoutSecrets(spec)
  expect(shown).toEqual({ ...spec, token: HIDDEN, auth: { ...spec.auth, password: HIDDEN } })
  expect(spec.token).toBe('t')
})

test('a hidden secret that comes back is the one that was there, and a new one is taken', () => {
  expect(withSecretsOf(withoutSecrets(spec), spec)).toEqual(spec)
  expect(withSecretsOf({ ...spec, token: 'new' }, spec)).toMatchObject({ token: 'new' })
  expect(withSecretsOf({ token: HIDDEN }, undefined)).toEqual({ token: HIDDEN })
})
