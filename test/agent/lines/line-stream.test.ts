import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { InputContext } from '../../../src/agent/index.ts'
import { LineStream, type LineStreamOptions } from '../../../src/agent/lines/line-stream.ts'
import { startAgent } from '../support/start-agent.ts'

/** A stream of an input that runs until its agent ends. */
async function openStream(options: LineStreamOptions) {
  const { agent, producer, clock } = startAgent()
  let context!: InputContext
  const run = async (given: InputContext) => {
    context = given
    await new Promise((done) => given.signal.addEventListener('abort', done))
  }
  await agent.add({ id: 'i', input: { run } })
  return { stream: new LineStream(options, context), producer, clock }
}

describe('an open log', () => {
  test('is handed over when nothing has followed it for its time', async () => {
    const { stream, producer, clock } = await openStream({ multiLine: { preset: 'indented', flushMs: 500 } })
    await stream.push(Buffer.from('a\n b\n'))
    await clock.advance(499)
    await stream.push(Buffer.from(' c\n part'))
    await clock.advance(499)
    expect(producer.values()).toEqual([])
    await clock.advance(1)
    expect(producer.values()).toEqual(['a\n b\n c'])
    await stream.push(Buffer.from(' of a line\n'))
    await stream.end()
    expect(producer.values()).toEqual(['a\n b\n c', ' part of a line'])
  })

  test('before a line that is too long is kept, and so is the beginning of that line', async () => {
    const { stream, producer } = await openStream({ multiLine: { start: '^A' }, maxLineBytes: 10 })
    await stream.push(Buffer.from('A\nb\n'))
    for (let i = 0; i < 100; i++) await stream.push(Buffer.from('cccccccc'))
    await stream.push(Buffer.from('\nA'))
    await stream.end()
    expect(producer.values()).toEqual(['A\nb', 'cccccccccc', 'A'])
  })
})

test('in whatever pieces it comes, and without a line end for ever, no byte is lost and no log is too long', async () => {
  const text = fc.stringMatching(/^[a\n ]{0,80}$/)
  const pieces = fc.array(fc.nat({ max: 20 }), { maxLength: 12 })
  const multiLine = fc.constantFrom(undefined, { preset: 'indented' } as const, { start: '^a' }, { end: 'a$' })
  await fc.assert(
    fc.asyncProperty(text, pieces, multiLine, async (text, pieces, multiLine) => {
      const { stream, producer } = await openStream({
        maxLineBytes: 7,
        longLines: 'split',
        ...(multiLine !== undefined && { multiLine }),
      })
      let at = 0
      for (const length of pieces) {
        await stream.push(Buffer.from(text.slice(at, at + length)))
        at += length
      }
      await stream.push(Buffer.from(text.slice(at)))
      await stream.end()
      const logs = producer.values()
      expect(logs.join('').replaceAll('\n', '')).toBe(text.replaceAll('\n', ''))
      expect(Math.max(0, ...logs.map((log) => log.length))).toBeLessThanOrEqual(7)
    }),
    { numRuns: 150 },
  )
})
