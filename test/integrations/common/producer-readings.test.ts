import { metrics } from '@opentelemetry/api'
import { Registry } from 'prom-client'
import { beforeAll, describe, expect, test } from 'vitest'
import { producerReadings } from '../../../src/integrations/common/producer-readings.ts'
import { observeProducer } from '../../../src/integrations/opentelemetry/observe-producer.ts'
import { collect } from '../../../src/integrations/prometheus/collect.ts'
import type { Producer } from '../../../src/producer/producer.ts'
import { Bench } from '../../producer/keep/support.ts'
import { log } from '../../support/test-producer.ts'

// What a producer loads when it first wants a spool is there: virtual time does not wait for it.
beforeAll(() => import('../../../src/spool/index.ts'))

function valuesOf(producer: Producer): Record<string, number> {
  const found: Record<string, number> = {}
  for (const { name, read } of producerReadings) {
    for (const { labels, value } of read(producer.metrics())) found[[name, ...Object.values(labels)].join(' ')] = value
  }
  return found
}

describe('the figures of a spool', () => {
  test('count what is on disk, what came back and what was lost, from metrics() alone', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const first = await bench.start({ mode: 'always', maxBytes: 2_000_000 }, { lingerMs: 0 })
    first.producer.trySend({ logs: [log(1), log(2)] })
    await bench.clock.advance(10_000)
    const { bytes, byProject } = first.producer.metrics().spool ?? {}
    expect(bytes).toBeGreaterThan(0)
    expect(valuesOf(first.producer)).toMatchObject({
      logs_on_disk: 2,
      logs_recovered: 0,
      logs_damaged: 0,
      spool_used: bytes,
      spool_limit: 2_000_000,
      spool_oldest_age: 10,
      'spool_batches proj': 1,
      'spool_logs proj': 2,
      'spool_data proj': byProject?.proj?.bytes,
      spool_appends: 1,
      spool_logs_durable: 2,
      spool_replays: 0,
      spool_syncs: 1,
      spool_errors: 0,
      spool_quarantined: 0,
    })
    bench.kill(first)
    bench.sink.otherwise = 'ok'
    const second = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    await bench.clock.advance(10_000)
    expect(valuesOf(second.producer)).toMatchObject({
      logs_on_disk: 0,
      logs_recovered: 2,
      spool_replays: 1,
      spool_logs_durable: 0,
      spool_oldest_age: 0,
    })
    expect(Object.keys(valuesOf(second.producer)).filter((name) => name.includes('proj'))).toEqual([])
    await second.producer.close()
  })

  test('are under standard names for Prometheus', async () => {
    const bench = new Bench()
    bench.sink.otherwise = 'hang'
    const life = await bench.start({ mode: 'always' }, { lingerMs: 0 })
    life.producer.trySend({ logs: log(1) })
    await bench.clock.advance(1000)
    const registry = new Registry()
    collect(registry, life.producer)
    const text = await registry.metrics()
    expect(text).toMatch(/^loghub_producer_logs_on_disk 1$/m)
    expect(text).toMatch(/^# TYPE loghub_producer_spool_used_bytes gauge$/m)
    expect(text).toMatch(/^loghub_producer_spool_limit_bytes 1073741824$/m)
    expect(text).toMatch(/^loghub_producer_spool_oldest_age_seconds 1$/m)
    expect(text).toMatch(/^# TYPE loghub_producer_spool_appends_total counter$/m)
    expect(text).toMatch(/^loghub_producer_spool_logs\{project="proj"\} 1$/m)
    bench.kill(life)
  })

  test('are under standard names and units for OpenTelemetry', async () => {
    const bench = new Bench()
    const life = await bench.start()
    const created = new Map<string, unknown>()
    const meter = metrics.getMeter('none')
    meter.createObservableGauge = (name, options) => {
      created.set(name, options?.unit)
      return { addCallback() {}, removeCallback() {} }
    }
    observeProducer(meter, life.producer)
    expect(created.get('loghub.producer.spool_used')).toBe('By')
    expect(created.get('loghub.producer.spool_oldest_age')).toBe('s')
    expect(created.get('loghub.producer.logs_on_disk')).toBe('{log}')
    await life.producer.close()
  })

  test('are absent without a spool, beside a count of 0 logs on disk', async () => {
    const bench = new Bench()
    const { producer } = bench.begin({}, { spool: undefined })
    const names = Object.keys(valuesOf(producer))
    expect(names.filter((name) => name.startsWith('spool'))).toEqual([])
    expect(valuesOf(producer)).toMatchObject({ logs_on_disk: 0, logs_recovered: 0, logs_damaged: 0 })
    await producer.close()
  })
})
