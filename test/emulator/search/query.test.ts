import { describe, expect, test } from 'vitest'
import { parseQuery } from '../../../src/emulator/search/query.ts'
import { matcherOf, type SearchedLog } from '../../../src/emulator/search/query-matcher.ts'

const log: SearchedLog = {
  head: { topic: 'web', source: 'host-1', tags: [['zone', 'b']] },
  contents: [
    ['level', 'ERROR'],
    ['status', '404'],
    ['path', '/api/users/42'],
    ['message', 'connection refused by peer'],
    ['city', '杭州市'],
    ['note', 'this and that'],
  ],
}
const matches = (query: string) => matcherOf(parseQuery(query))(log)

describe('a query matches', () => {
  test.each([
    '',
    '*',
    'error',
    'level: error',
    'level:ERR*',
    'level: e?ror',
    'api users',
    'path: "/api/users"',
    '"connection refused"',
    'refused and not accepted',
    'accepted or refused',
    'accepted or (level: error and status: 404)',
    'not not error',
    'NOT accepted',
    '"and"',
    'status > 403 and status <= 404',
    'status = 404',
    'level: *',
    '杭州',
    '__topic__: web',
    '__source__: host-1',
    '__tag__:zone: b',
    'accepted and refused or error',
    'e*r*r',
  ])('%s', (query) => expect(matches(query)).toBe(true))
})

describe('a query does not match', () => {
  test.each([
    'err',
    'level: 404',
    'missing: *',
    'status > 404',
    'level > 1',
    'not error',
    'error and accepted',
    'error and (accepted or 405)',
    'path: "/api/user/"',
    'e?or',
    '北京',
  ])('%s', (query) => expect(matches(query)).toBe(false))
})

describe('a query is refused', () => {
  test.each([
    ['(error', /unexpected end/],
    ['error)', /unexpected "\)"/],
    ['"open', /ends inside a quotation/],
    ['level:', /unexpected end/],
    ['and error', /unexpected "and"/],
    ['error or', /unexpected end/],
    ['status > high', /compared with a number/],
    ['error | select 1', /SQL/],
    ['('.repeat(5000), /nested too deeply/],
  ])('%s', (query, message) => {
    expect(() => parseQuery(query)).toThrow(message)
  })

  test('nothing that a pattern can be takes long', () => {
    const hostile: SearchedLog = { ...log, contents: [['k', 'a'.repeat(20_000)]] }
    expect(matcherOf(parseQuery(`${'a*'.repeat(50)}b`))(hostile)).toBe(false)
  })
})
