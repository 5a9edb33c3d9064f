import { describe, expect, test } from 'vitest'
import { EventFeed } from '../../src/server/event-feed.ts'
import type { EventStream } from '../../src/server/event-stream.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { eventually, RawConnection, requestText, startServer } from './support/raw-http.ts'

async function streaming(options: { maxBufferedBytes?: number; whenFull?: 'skip' | 'end'; heartbeatMs?: number } = {}) {
  const clock = new ManualClock()
  const feed = new EventFeed(2)
  const streams: EventStream[] = []
  const running = await startServer({
    clock,
    onExchange: (exchange) => {
      const stream = exchange.events(options) as EventStream
      stream.send('hello', null)
      feed.add(stream)
      streams.push(stream)
    },
  })
  const reader = async () => {
    const connection = await RawConnection.open(running.port)
    connection.write(requestText('GET /'))
    await connection.until(/hello/)
    return connection
  }
  return { clock, feed, streams, reader, [Symbol.asyncDispose]: () => running.server.close() }
}

const fill = (feed: EventFeed) => {
  for (let i = 0; i < 200; i++) feed.send('fill', 'x'.repeat(100_000))
}

describe('server-sent events', () => {
  test('carry type, id and JSON, and line ends in a value do not end the event', async () => {
    await using stream = await streaming()
    const reader = await stream.reader()
    stream.feed.send('log', { text: 'a\nb' }, 7)
    expect(await reader.until(/a\\nb/)).toContain('id: 7\nevent: log\ndata: {"text":"a\\nb"}\n\n')
  })

  test('reach every reader, and a reader that has left is forgotten', async () => {
    await using stream = await streaming()
    const [first, second] = [await stream.reader(), await stream.reader()]
    expect([stream.feed.readers, stream.feed.hasRoom]).toEqual([2, false])
    stream.feed.send('tick', 1)
    await Promise.all([first.until(/tick/), second.until(/tick/)])
    first.socket.destroy()
    await eventually(() => stream.feed.readers === 1)
    expect(stream.feed.hasRoom).toBe(true)
  })

  test('a reader that does not read skips events, and hears how many when it reads again', async () => {
    await using stream = await streaming({ maxBufferedBytes: 1_000_000 })
    const reader = await stream.reader()
    reader.socket.pause()
    fill(stream.feed)
    reader.socket.resume()
    expect(await reader.until(/event: skipped/)).toMatch(/data: \{"count":1\d\d\}/)
    stream.feed.send('after', 1)
    await reader.until(/event: after/)
  })

  test('or is ended, where that is wanted', async () => {
    await using stream = await streaming({ maxBufferedBytes: 1_000_000, whenFull: 'end' })
    const reader = await stream.reader()
    reader.socket.pause()
    fill(stream.feed)
    expect(stream.feed.readers).toBe(0)
    reader.socket.resume()
    await reader.ended()
  })

  test('a quiet stream has heartbeats, and a reader that never reads is ended after some', async () => {
    await using stream = await streaming({ heartbeatMs: 1000, maxBufferedBytes: 64_000_000 })
    const [living, dead] = [await stream.reader(), await stream.reader()]
    await stream.clock.advance(1000)
    await living.until(/\n:\n\n/)
    dead.socket.pause()
    living.socket.resume()
    fill(stream.feed)
    stream.feed.send('last', 1)
    await living.until(/event: last/)
    await stream.clock.advance(5000)
    expect(stream.feed.readers).toBe(1)
  })

  test('that are finished end once the reader has all of them, and cut off one who does not read', async () => {
    await using stream = await streaming({ maxBufferedBytes: 64_000_000, heartbeatMs: 1000 })
    const [reader, idle] = [await stream.reader(), await stream.reader()]
    idle.socket.pause()
    fill(stream.feed)
    stream.feed.send('last', 1)
    for (const one of stream.streams) one.finish()
    stream.feed.send('late', 1)
    const all = await reader.until(/event: last[\s\S]*\r\n0\r\n\r\n$/)
    expect(all).not.toContain('event: late')
    await eventually(() => stream.feed.readers === 1)
    await stream.clock.advance(5000)
    expect(stream.feed.readers).toBe(0)
  })
})
