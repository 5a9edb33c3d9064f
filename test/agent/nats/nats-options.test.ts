import { expect, test } from 'vitest'
import { problemsIn } from '../../../src/agent/config/schema.ts'
import { natsSchema } from '../../../src/agent/nats/nats-options.ts'

const problemsOf = (options: object) => problemsIn(natsSchema, options).map(({ message }) => message)

test('NATS is reached without any option, or by servers and one way to log in', () => {
  expect(problemsOf({})).toEqual([])
  expect(problemsOf({ servers: ['nats://a:4222', 'b'], token: 't', tls: {} })).toEqual([])
  expect(problemsOf({ user: 'u', password: 'p', tls: { ca: 'ca.pem', cert: 'c.pem', key: 'k.pem' } })).toEqual([])
})

test('two ways to log in, half a login and half a certificate are refused', () => {
  expect(problemsOf({ token: 't', credentialsFile: 'a.creds' })).toEqual([
    'only one of token and credentialsFile can be used',
  ])
  expect(problemsOf({ user: 'u' })).toEqual(['user and password go together'])
  expect(problemsOf({ tls: { cert: 'c.pem' } })).toEqual(['tls: cert and key go together'])
  expect(problemsOf({ servers: [] })).toEqual(['must have at least 1 entry'])
})
