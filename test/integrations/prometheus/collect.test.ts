import { Counter, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { collect } from '../../../src/integrations/prometheus/collect.ts'
import { integrationEmulator } from '../../support/integration.ts'

test("a registry shows the producer's own metrics beside others, until they are taken out", async () => {
  const { startProducer } = await integrationEmulator()
  const producer = startProducer()
  const registry = new Registry()
  registry.setDefaultLabels({ app: 'shop' })
  new Counter({ name: 'other_total', help: 'Another', registers: [registry] }).inc()
  const stop = collect(registry, producer, { labels: { producer: 'main' } })
  await producer.send({ logs: { contents: { n: '1' } } })

  const text = await registry.metrics()
  expect(text).toContain('# TYPE loghub_producer_logs_delivered_total counter')
  expect(text).toMatch(/^loghub_producer_logs_delivered_total\{producer="main",app="shop"\} 1$/m)
  expect(text).toMatch(/^loghub_producer_batches_sealed_total\{producer="main",reason="linger",app="shop"\} 1$/m)
  expect(text).toMatch(/^loghub_producer_memory_limit_bytes\{.*\} 104857600$/m)
  expect(text).toMatch(
    /^loghub_producer_latency_seconds\{producer="main",stage="request",quantile="0.99",app="shop"\}/m,
  )
  expect(text).toContain('other_total{app="shop"} 1')
  expect((await registry.getMetricsAsJSON()).length).toBeGreaterThan(10)
  registry.resetMetrics()

  expect(() => collect(registry, producer)).toThrow('already been registered')
  stop()
  expect(await registry.metrics()).not.toContain('loghub_producer_')
})
