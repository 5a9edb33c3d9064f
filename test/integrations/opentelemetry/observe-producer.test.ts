import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { expect, test } from 'vitest'
import { observeProducer } from '../../../src/integrations/opentelemetry/observe-producer.ts'
import { integrationEmulator } from '../../support/integration.ts'

test("a meter reads the producer's own metrics when it collects, until it is told to stop", async () => {
  const { startProducer } = await integrationEmulator()
  const producer = startProducer()
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 1_000_000 })
  const meters = new MeterProvider({ readers: [reader] })
  const stop = observeProducer(meters.getMeter('test'), producer, { attributes: { producer: 'main' } })
  await producer.send({ logs: [{ contents: { n: '1' } }, { contents: { n: '2' } }] })

  const collect = async () => {
    exporter.reset()
    await reader.forceFlush()
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    return Object.fromEntries(metrics.map((metric) => [metric.descriptor.name, metric.dataPoints]))
  }
  const points = await collect()
  expect(points['loghub.producer.logs_delivered']?.[0]).toMatchObject({ value: 2, attributes: { producer: 'main' } })
  expect(points['loghub.producer.batches_sealed']?.[0]?.attributes).toEqual({ producer: 'main', reason: 'linger' })
  stop()
  await producer.send({ logs: { contents: { n: '3' } } })
  expect((await collect())['loghub.producer.logs_delivered']?.[0]?.value ?? 2).toBe(2)
  await meters.shutdown()
})
