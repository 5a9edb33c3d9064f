import { expect, test } from 'vitest'
import { untilQuiet } from '../../../../src/agent/inputs/jetstream/until-quiet.ts'
import { Deferred } from '../../../../src/core/deferred.ts'
import { ManualClock } from '../../../support/manual-clock.ts'

/** Messages that the test sends; ends when it is closed. */
class Messages {
  readonly #waiting: number[] = []
  #changed = new Deferred<void>()
  isClosed = false

  send(n: number): void {
    this.#waiting.push(n)
    this.#changed.resolve()
  }

  close(): void {
    this.isClosed = true
    this.#changed.resolve()
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      for (let n = this.#waiting.shift(); n !== undefined; n = this.#waiting.shift()) yield n
      if (this.isClosed) return
      this.#changed = new Deferred()
      await this.#changed.promise
    }
  }
}

function take() {
  const clock = new ManualClock()
  const messages = new Messages()
  const stop = new AbortController()
  const taken: number[] = []
  const follow = async () => {
    for await (const n of untilQuiet(messages, clock, stop.signal)) taken.push(n)
  }
  const ended = follow()
  return { clock, messages, stop, taken, ended }
}

test('at the end what is on its way is taken, until nothing has come for a while', async () => {
  const { clock, messages, stop, taken, ended } = take()
  messages.send(1)
  await clock.advance(60_000)
  expect(messages.isClosed).toBe(false)
  stop.abort()
  await clock.advance(200)
  messages.send(2)
  await clock.advance(200)
  expect(messages.isClosed).toBe(false)
  await clock.advance(50)
  await ended
  expect(taken).toEqual([1, 2])
})

test('a stream that never rests does not hold up the end', async () => {
  const { clock, messages, stop, taken, ended } = take()
  stop.abort()
  for (let n = 0; !messages.isClosed && n < 100; n++) {
    messages.send(n)
    await clock.advance(100)
  }
  await ended
  expect(taken).toHaveLength(20)
})
