import { expect, test } from 'vitest'
import { sinkError } from '../../support/scripted-sink.ts'
import { log, logOfSize, startProducer } from '../../support/test-producer.ts'

const ignore = () => {}

test('an inspection has all that the metrics have, under the same names, and taking it changes nothing', async () => {
  const { producer, clock } = startProducer({ lingerMs: 0 })
  producer.send({ logs: [log(1), log(2)] }, ignore)
  await clock.advance(0)
  const before = producer.metrics()
  expect(producer.inspect()).toMatchObject(before)
  expect(producer.metrics()).toEqual(before)
})

test('groups are those with logs in memory, the largest first, with the age of their oldest log', async () => {
  const { producer, clock } = startProducer({ lingerMs: 60_000 })
  producer.send({ topic: 'small', logs: log(1) }, ignore)
  await clock.advance(300)
  producer.send({ topic: 'large', logs: [logOfSize(20_000), log(3)] }, ignore)
  await clock.advance(200)
  const { groups, groupCount, memory, uptimeMs, time } = producer.inspect()
  expect(groups).toMatchObject([
    { project: 'proj', logstore: 'logs', topic: 'large', batches: 1, openBatches: 1, logs: 2, oldestAgeMs: 200 },
    { project: 'proj', logstore: 'logs', topic: 'small', batches: 1, openBatches: 1, logs: 1, oldestAgeMs: 500 },
  ])
  expect(groups[0]?.usedBytes).toBeGreaterThan(20_000)
  expect([groupCount, uptimeMs, time]).toEqual([2, 500, clock.now()])
  expect(memory.usedBytesByProject).toEqual({ proj: memory.usedBytes })
  await clock.advance(60_000)
  expect(producer.inspect()).toMatchObject({ groups: [], groupCount: 0, memory: { usedBytesByProject: {} } })
})

test('of very many groups the hundred largest are listed, and all are counted', () => {
  const { producer } = startProducer({ lingerMs: 60_000 })
  for (let n = 0; n < 250; n++) producer.send({ topic: `t${n}`, logs: logOfSize(100 + 20 * n) }, ignore)
  const { groups, groupCount } = producer.inspect()
  expect([groups.length, groupCount]).toEqual([100, 250])
  expect(groups[0]?.topic).toBe('t249')
})

test('memory is told by project', () => {
  const { producer } = startProducer({ lingerMs: 60_000 })
  producer.putProject({ project: 'other' })
  producer.send({ logs: log(1) }, ignore)
  producer.send({ project: 'other', logs: logOfSize(9_000) }, ignore)
  const { usedBytes, usedBytesByProject } = producer.inspect().memory
  expect(Object.keys(usedBytesByProject).sort()).toEqual(['other', 'proj'])
  expect(Object.values(usedBytesByProject).reduce((sum, bytes) => sum + bytes, 0)).toBe(usedBytes)
})

test('a lane tells what it works on, for how long, and how often it was tried', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0, lanes: 1, baseRetryBackoffMs: 100 }, [
    sinkError('back-off'),
    'hang',
  ])
  producer.send({ logs: log(1) }, ignore)
  await clock.advance(0)
  await clock.advance(50)
  expect(sink.seen).toHaveLength(2)
  await clock.advance(40)
  const { lanes, groups } = producer.inspect()
  expect(lanes).toMatchObject([
    {
      index: 0,
      busy: true,
      current: { project: 'proj', logstore: 'logs', logCount: 1, attemptCount: 1, requestMs: 40 },
    },
  ])
  expect(groups).toMatchObject([{ batches: 1, openBatches: 0, inFlightBatches: 1 }])
  sink.seen[1]?.answer.resolve({ requestId: 'r' })
  await clock.advance(0)
  expect(producer.inspect().lanes).toMatchObject([{ busy: false, current: undefined }])
})

test('a logstore in trouble has a circuit breaker, with what it holds and when the next batch is let through', async () => {
  const { producer, clock, sink } = startProducer({ lingerMs: 0, lanes: 1 })
  sink.otherwise = sinkError('back-off')
  for (let n = 0; n < 8; n++) {
    producer.send({ topic: `t${n}`, logs: log(n) }, ignore)
    await clock.advance(0)
  }
  const { breakers, batches } = producer.inspect()
  expect(breakers).toMatchObject([{ project: 'proj', logstore: 'logs', state: 'open', heldBatches: batches.held }])
  expect(batches.held).toBeGreaterThan(0)
  expect(breakers[0]?.heldLogs).toBe(batches.held)
  expect(breakers[0]?.probeInMs).toBeGreaterThan(0)
  sink.otherwise = 'ok'
  await clock.advance(60_000)
  expect(producer.inspect()).toMatchObject({ breakers: [], batches: { held: 0 }, logs: { delivered: 8 } })
})
