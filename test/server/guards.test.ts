import { describe, expect, test } from 'vitest'
import { allOf, bearerToken, type Guard, onlyHosts, sameOrigin } from '../../src/server/guards.ts'

function statusOf(guard: Guard, headers: Record<string, string>): number {
  try {
    guard({ method: 'GET', headers })
    return 200
  } catch (error) {
    return (error as { status: number }).status
  }
}

describe('guards', () => {
  test.each([
    ['localhost', 200],
    ['LOCALHOST:9310', 200],
    ['127.0.0.1:1', 200],
    ['[::1]:9310', 200],
    ['localhost.', 200],
    ['evil.example', 421],
    ['localhost.evil.example:9310', 421],
    ['', 421],
  ])('only this machine: host %s', (host, status) => {
    expect(statusOf(onlyHosts(), { host })).toBe(status)
  })

  test.each([
    [{}, 200],
    [{ origin: 'http://localhost:9310' }, 200],
    [{ origin: 'http://localhost:9311' }, 403],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
  ])('only this origin: %j', (headers, status) => {
    expect(statusOf(sameOrigin(), { host: 'localhost:9310', ...headers })).toBe(status)
  })

  test.each([
    [{}, 401],
    [{ authorization: 'Bearer token' }, 200],
    [{ authorization: 'bearer  token ' }, 200],
    [{ authorization: 'Bearer Token' }, 401],
    [{ authorization: 'Basic token' }, 401],
    [{ authorization: 'Bearer token x' }, 401],
  ])('only with the token: %j', (headers, status) => {
    expect(statusOf(bearerToken('token'), headers)).toBe(status)
  })

  test('all of several', () => {
    const guard = allOf(onlyHosts(), bearerToken('token'))
    expect(statusOf(guard, { host: 'evil', authorization: 'Bearer token' })).toBe(421)
    expect(statusOf(guard, { host: 'localhost' })).toBe(401)
    expect(statusOf(guard, { host: 'localhost', authorization: 'Bearer token' })).toBe(200)
  })
})
