import { gzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { jsonAnswer, textAnswer } from '../../src/server/answer.ts'
import { HttpError } from '../../src/server/http-error.ts'
import { type HttpRoute, type RoutedOptions, routed } from '../../src/server/routed.ts'
import { RawConnection, requestText, startServer } from './support/raw-http.ts'

const routes: HttpRoute[] = [
  { method: 'GET', path: '/inputs', handle: ({ query }) => jsonAnswer({ page: query.get('page') }) },
  { method: 'GET', path: '/inputs/new', handle: () => textAnswer('the fixed one') },
  { method: 'GET', path: '/inputs/:id', handle: ({ params }) => jsonAnswer(params) },
  { method: 'PUT', path: '/inputs/:id', handle: async (request) => jsonAnswer(await request.json()) },
  { method: 'DELETE', path: '/inputs/:id', handle: () => undefined },
  { method: 'POST', path: '/size', handle: async (request) => jsonAnswer((await request.body()).length) },
  {
    method: 'GET',
    path: '/bug',
    handle: () => {
      throw new Error('a secret detail')
    },
  },
  {
    method: 'GET',
    path: '/refused',
    guard: () => {
      throw new HttpError(403, 'not this one')
    },
    handle: () => textAnswer('never'),
  },
]

const start = (options: RoutedOptions = {}) => startServer({ onExchange: routed(routes, options) })

async function ask(url: string, init?: RequestInit) {
  const answer = await fetch(url, init)
  const text = await answer.text()
  const isJson = answer.headers.get('content-type') === 'application/json'
  return { status: answer.status, headers: answer.headers, value: isJson && text !== '' ? JSON.parse(text) : text }
}

describe('a table of routes', () => {
  test('hands on the parts of the path, decoded, and the query', async () => {
    await using running = await start()
    expect((await ask(`${running.url}/inputs?page=2`)).value).toEqual({ page: '2' })
    expect((await ask(`${running.url}/inputs/a%2Fb%20c`)).value).toEqual({ id: 'a/b c' })
    expect((await ask(`${running.url}/inputs/new`)).value).toBe('the fixed one')
  })

  test('knows what it does not have', async () => {
    await using running = await start()
    expect(await ask(`${running.url}/nothing`)).toMatchObject({ status: 404, value: { error: { code: 'not-found' } } })
    const wrong = await ask(`${running.url}/inputs/a`, { method: 'POST' })
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, PUT, DELETE'])
    expect((await ask(`${running.url}/inputs/%zz`)).status).toBe(400)
    expect((await ask(`${running.url}/inputs/`)).status).toBe(404)
  })

  test('answers 204 where a handler returns nothing, and HEAD as GET', async () => {
    await using running = await start()
    expect((await ask(`${running.url}/inputs/a`, { method: 'DELETE' })).status).toBe(204)
    expect((await ask(`${running.url}/inputs`, { method: 'HEAD' })).status).toBe(200)
  })

  test('keeps the text of a bug to itself, and tells its owner', async () => {
    const errors: unknown[] = []
    await using running = await start({ onError: (error) => errors.push(error) })
    const answer = await ask(`${running.url}/bug`)
    expect(answer).toMatchObject({ status: 500, value: { error: { code: 'internal', message: 'an internal error' } } })
    expect(errors).toMatchObject([{ message: 'a secret detail' }])
  })

  test('asks the guard of the table, then the one of the route', async () => {
    const guard = () => {
      throw new HttpError(421, 'foreign')
    }
    await using open = await start()
    expect((await ask(`${open.url}/refused`)).status).toBe(403)
    await using guarded = await start({ guard })
    expect((await ask(`${guarded.url}/refused`)).status).toBe(421)
    expect((await ask(`${guarded.url}/nothing`)).status).toBe(421)
  })
})

describe('a body', () => {
  test('is read as JSON, plain or compressed', async () => {
    await using running = await start()
    const body = Buffer.from('{"a":1}')
    const url = `${running.url}/inputs/x`
    expect((await ask(url, { method: 'PUT', body })).value).toEqual({ a: 1 })
    const headers = { 'content-encoding': 'gzip' }
    expect((await ask(url, { method: 'PUT', body: gzipSync(body), headers })).value).toEqual({ a: 1 })
    expect((await ask(url, { method: 'PUT', body: '{' })).status).toBe(400)
  })

  test.each([
    ['too large', Buffer.alloc(1001), {}, 413],
    ['too large once it is decompressed', gzipSync(Buffer.alloc(100_000)), { 'content-encoding': 'gzip' }, 413],
    ['not what it claims', Buffer.from('plain'), { 'content-encoding': 'gzip' }, 400],
    ['of an unknown coding', Buffer.from('plain'), { 'content-encoding': 'rot13' }, 415],
    ['as large as it may be', Buffer.alloc(1000), {}, 200],
  ])('that is %s', async (_, body, headers, status) => {
    await using running = await start({ maxBodyBytes: 1000 })
    expect((await ask(`${running.url}/size`, { method: 'POST', body, headers })).status).toBe(status)
  })

  test('finds no room beside other unfinished ones, and finds it when they have gone', async () => {
    await using running = await start({ maxBodyBytes: 1000, maxBodiesBytes: 1000 })
    const body = Buffer.alloc(1000)
    const slow: RawConnection[] = []
    let status = 200
    // How soon a half body has arrived is the system's affair, and a probe may take its room: so each round sends another.
    while (status === 200) {
      const connection = await RawConnection.open(running.port)
      connection.write(requestText('POST /size', 'Content-Length: 1000', 'Expect: 100-continue'))
      await connection.until(/ 100 Continue| 503 /)
      connection.write('x'.repeat(999))
      slow.push(connection)
      ;({ status } = await ask(`${running.url}/size`, { method: 'POST', body }))
    }
    expect(status).toBe(503)
    for (const connection of slow) connection.socket.destroy()
    while (status === 503) ({ status } = await ask(`${running.url}/size`, { method: 'POST', body }))
    expect(status).toBe(200)
  })
})
