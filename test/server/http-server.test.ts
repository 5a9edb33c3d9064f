import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { emptyAnswer, textAnswer } from '../../src/server/answer.ts'
import type { HttpExchange } from '../../src/server/http-exchange.ts'
import { selfSigned } from '../support/certificate.ts'
import { temporaryFolder } from '../support/cli-emulator.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { eventually, RawConnection, requestText, startServer } from './support/raw-http.ts'

const hello = (exchange: HttpExchange) => exchange.answer(textAnswer('hello'))

/** Holds every exchange until the test answers it. */
function holding() {
  const held: HttpExchange[] = []
  const waiting: (() => void)[] = []
  return {
    held,
    onExchange: (exchange: HttpExchange) => {
      held.push(exchange)
      for (const wake of waiting.splice(0)) wake()
    },
    async next(count = 1): Promise<HttpExchange> {
      while (held.length < count) await new Promise<void>((wake) => waiting.push(wake))
      return held[count - 1] as HttpExchange
    },
  }
}

describe('limits of a connection', () => {
  test.each([
    ['headers over their limit', requestText('GET /', `x: ${'x'.repeat(5000)}`), /^HTTP\/1.1 431/],
    ['headers that do not end', 'GET / HTTP/1.1\r\nHost: a', /^HTTP\/1.1 408/],
    ['a body that does not end', requestText('POST /', 'Content-Length: 9'), /^HTTP\/1.1 408/],
    ['what is no HTTP', 'nonsense\r\n\r\n', /^HTTP\/1.1 400/],
  ])('%s are answered and end the connection', async (_, text, status) => {
    const limits = { maxHeaderBytes: 4096, headersTimeoutMs: 100, requestTimeoutMs: 200 }
    let broken = 0
    const onExchange = () => {}
    await using running = await startServer({ onExchange, limits, onBrokenRequest: () => broken++ })
    const connection = await RawConnection.open(running.port)
    connection.write(text)
    expect(await connection.ended()).toMatch(status)
    expect(broken).toBe(1)
  })

  test('one connection too many is closed at once, and there is room again when one leaves', async () => {
    await using running = await startServer({ onExchange: hello, limits: { maxConnections: 1 } })
    const first = await RawConnection.open(running.port)
    first.write(requestText('GET /'))
    await first.until(/hello/)
    expect(await (await RawConnection.open(running.port)).ended()).toBe('')
    first.socket.destroy()
    await first.ended()
    await eventually(() => running.server.connections === 0)
    const third = await RawConnection.open(running.port)
    third.write(requestText('GET /'))
    expect(await third.until(/hello/)).toMatch(/^HTTP\/1.1 200/)
  })

  test('a client that asks on without reading the answers is cut off, and a usual pipeline is answered', async () => {
    const { held, onExchange } = holding()
    let broken = 0
    await using running = await startServer({ onExchange, onBrokenRequest: () => broken++ })
    const greedy = await RawConnection.open(running.port)
    greedy.write(requestText('GET /').repeat(1000))
    expect(await greedy.ended()).toBe('')
    expect([held.length, broken > 0]).toEqual([32, true])
    const usual = await RawConnection.open(running.port)
    for (let i = 0; i < 3; i++) {
      held.length = 0
      usual.write(requestText('GET /').repeat(32))
      await eventually(() => held.length === 32)
      for (const exchange of held) exchange.answer(textAnswer(`${i}.`))
      await usual.until(new RegExp(`${i}\\.$`))
    }
  })

  test('a connection whose TLS handshake does not end is closed', async () => {
    const { cert, key } = selfSigned(temporaryFolder())
    const tls = { cert: readFileSync(cert), key: readFileSync(key) }
    await using running = await startServer({ onExchange: hello, tls, limits: { headersTimeoutMs: 50 } })
    expect(await (await RawConnection.open(running.port)).ended()).toBe('')
  })

  test('a body that is asked for first is asked of the client only if it may be sent', async () => {
    const onExchange = async (exchange: HttpExchange) => {
      if (exchange.message.url === '/secret') return exchange.answer(textAnswer('no', { status: 401 }))
      const body = await exchange.body({ maxBytes: 10 })
      exchange.answer(typeof body === 'string' ? textAnswer(body, { status: 413 }) : textAnswer(String(body.bytes)))
    }
    await using running = await startServer({ onExchange: (exchange) => void onExchange(exchange) })
    const ask = async (path: string, length: number) => {
      const connection = await RawConnection.open(running.port)
      connection.write(requestText(`POST ${path}`, 'Expect: 100-continue', `Content-Length: ${length}`))
      return connection
    }
    const fine = await ask('/', 4)
    await fine.until(/^HTTP\/1.1 100 Continue\r\n\r\n$/)
    fine.write('body')
    expect(await fine.until(/body$/)).toMatch(/HTTP\/1.1 200/)
    expect(await (await ask('/', 11)).ended()).toMatch(/^HTTP\/1.1 413/)
    expect(await (await ask('/secret', 4)).ended()).toMatch(/^HTTP\/1.1 401/)
  })

  test('a handler that does not answer is answered for, and told', async () => {
    const clock = new ManualClock()
    const { onExchange, next } = holding()
    await using running = await startServer({ onExchange, clock, limits: { handlerTimeoutMs: 1000 } })
    const connection = await RawConnection.open(running.port)
    connection.write(requestText('GET /'))
    const { signal } = await next()
    await clock.advance(999)
    expect(signal.aborted).toBe(false)
    await clock.advance(1)
    expect(await connection.until(/took too long/)).toMatch(/^HTTP\/1.1 503/)
    expect(signal.aborted).toBe(true)
  })

  test('a client that does not read its answer is cut off', async () => {
    const clock = new ManualClock()
    const { onExchange, next } = holding()
    await using running = await startServer({ onExchange, clock, limits: { answerTimeoutMs: 1000 } })
    const connection = await RawConnection.open(running.port)
    connection.socket.pause()
    connection.write(requestText('GET /'))
    const exchange = await next()
    exchange.answer(textAnswer('x'.repeat(32 * 1024 * 1024)))
    await clock.advance(1000)
    await eventually(() => running.server.connections === 0)
    expect(clock.timerCount).toBe(0)
  })

  test('a client that leaves before its answer aborts the signal, and an answer that comes later starts no timer', async () => {
    const { onExchange, next } = holding()
    const clock = new ManualClock()
    await using running = await startServer({ onExchange, clock })
    const connection = await RawConnection.open(running.port)
    connection.write(requestText('GET /'))
    const exchange = await next()
    const aborted = once(exchange.signal, 'abort')
    connection.socket.destroy()
    await aborted
    expect(() => exchange.answer(emptyAnswer())).not.toThrow()
    expect(clock.timerCount).toBe(0)
  })
})

describe('an answer', () => {
  test('counts once', async () => {
    await using running = await startServer({
      onExchange: (exchange) => {
        exchange.answer(textAnswer('first'))
        exchange.answer(textAnswer('second'))
      },
    })
    expect(await (await fetch(running.url)).text()).toBe('first')
  })

  test('before the end of the body ends the connection', async () => {
    await using running = await startServer({ onExchange: hello })
    const connection = await RawConnection.open(running.port)
    connection.write(requestText('POST /', 'Content-Length: 100'))
    const text = await connection.until(/hello/)
    expect(text).toMatch(/connection: close/i)
  })

  test('to HEAD has the length and no body', async () => {
    await using running = await startServer({ onExchange: hello })
    const answer = await fetch(running.url, { method: 'HEAD' })
    expect([answer.headers.get('content-length'), await answer.text()]).toEqual(['5', ''])
  })
})

describe('closing', () => {
  test('ends quiet connections, also those that never asked, and lets what runs finish', async () => {
    const { onExchange, next } = holding()
    const running = await startServer({ onExchange })
    const silent = await RawConnection.open(running.port)
    const quiet = await RawConnection.open(running.port)
    quiet.write(requestText('GET /'))
    const first = await next(1)
    first.answer(textAnswer('done'))
    await quiet.until(/done/)
    const busy = await RawConnection.open(running.port)
    busy.write(requestText('GET /'))
    const second = await next(2)
    const closed = running.server.close({ timeoutMs: 10_000 })
    expect(running.server.close()).toBe(closed)
    await quiet.ended()
    second.answer(textAnswer('finished'))
    expect(await busy.ended()).toMatch(/connection: close[\s\S]*finished/i)
    silent.socket.destroy()
    await closed
    await expect(RawConnection.open(running.port)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  test('cuts after its deadline what does not finish', async () => {
    const clock = new ManualClock()
    const { onExchange, next } = holding()
    const running = await startServer({ onExchange, clock })
    const busy = await RawConnection.open(running.port)
    busy.write(requestText('GET /'))
    await next()
    const closed = running.server.close({ timeoutMs: 500 })
    await clock.advance(499)
    expect(running.server.connections).toBe(1)
    await clock.advance(1)
    await closed
    expect(await busy.ended()).toBe('')
    expect(clock.timerCount).toBe(0)
  })

  test('ends event streams', async () => {
    const running = await startServer({ onExchange: (exchange) => exchange.events()?.send('hello', 1) })
    const reader = await RawConnection.open(running.port)
    reader.write(requestText('GET /'))
    await reader.until(/hello/)
    await running.server.close({ timeoutMs: 10_000 })
    expect(await reader.ended()).toMatch(/0\r\n\r\n$/)
  })

  test('of a server that never listened is closing nothing', async () => {
    const { HttpServer } = await import('../../src/server/http-server.ts')
    await new HttpServer({ onExchange: hello }).close()
  })
})
