import { expect, test } from 'vitest'
import type { FeedClient } from '../../../src/cli/top/feed-client.ts'
import { Rates } from '../../../src/cli/top/rates.ts'
import { logsBySecond, read } from '../../../src/cli/top/reading.ts'

/** A producer whose feeds are what the test says, and what was asked of it. */
function setUp() {
  const feeds = {
    about: { kind: 'producer', name: 'shop', version: '1', pid: 7, startedAt: 1000, time: 10_500 },
    producer: { memory: { totalBytes: 100, usedBytes: 1 }, logs: { accepted: 10 } },
    throughput: [{ second: 8, delivered: 3 }],
  }
  const asked: string[] = []
  const get = async (name: string) => {
    asked.push(name)
    return structuredClone(feeds[name.split('?')[0] as keyof typeof feeds])
  }
  const client = { get, about: () => get('about') } as unknown as FeedClient
  let atMs = 0
  const next = (before?: Awaited<ReturnType<typeof read>>) =>
    read(client, new AbortController().signal, () => (atMs += 2000), before)
  return { feeds, asked, next }
}

const accepted = (rates: Rates) => rates.of(({ producer }) => producer?.logs?.accepted)

test('quiet seconds count as 0, and the one that is not over yet is left out', async () => {
  const { feeds, next } = setUp()
  feeds.throughput = [
    { second: 6, delivered: 5 },
    { second: 8, delivered: 3 },
    { second: 10, delivered: 1 },
  ]
  expect(logsBySecond(await next())).toEqual([5, 0, 3, 0])
})

test('of the past only what is new is asked for, and what was not over is read again', async () => {
  const { feeds, asked, next } = setUp()
  feeds.throughput = [
    { second: 8, delivered: 3 },
    { second: 10, delivered: 1 },
  ]
  const first = await next()
  Object.assign(feeds.about, { time: 12_100 })
  feeds.throughput = [
    { second: 10, delivered: 4 },
    { second: 11, delivered: 6 },
  ]
  const second = await next(first)
  expect(asked.filter((name) => name.startsWith('throughput'))).toEqual(['throughput', 'throughput?after=9'])
  expect(logsBySecond(second)).toEqual([3, 0, 4, 6])
})

test('rates are for each second between two readings, and begin anew with another process', async () => {
  const { feeds, next } = setUp()
  const first = await next()
  expect(accepted(new Rates(first, undefined))).toBeUndefined()
  feeds.producer.logs.accepted = 30
  const second = await next(first)
  expect(accepted(new Rates(second, first))).toBe(10)
  Object.assign(feeds.about, { startedAt: 11_000, time: 11_500 })
  feeds.producer.logs.accepted = 2
  const third = await next(second)
  expect(accepted(new Rates(third, second))).toBeUndefined()
  expect(third.seconds).toEqual([{ second: 8, delivered: 3 }])
})
