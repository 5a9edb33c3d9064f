import type { BatchObservableResult, Meter, Observable } from '@opentelemetry/api'
import type { ProducerLike } from '../../producer/producer-like.ts'
import { producerReadings, type Reading } from '../common/producer-readings.ts'

/** What `observeProducer` takes besides the producer. */
export interface ObserveProducerOptions {
  /** Attributes of all readings, such as a name where there are several producers. Default: none. */
  readonly attributes?: Readonly<Record<string, string>>
}

/**
 * Reports a producer's metrics as observable instruments `loghub.producer.*` of a meter: read when the meter collects, and
 * at no other time. Returns a function that stops it.
 *
 * @example
 * ```ts
 * import { metrics } from '@opentelemetry/api'
 * import { observeProducer } from 'loghub-producer/opentelemetry'
 *
 * const stop = observeProducer(metrics.getMeter('shop'), producer, { attributes: { producer: 'main' } })
 * ```
 */
export function observeProducer(
  meter: Meter,
  producer: ProducerLike,
  options: ObserveProducerOptions = {},
): () => void {
  const { attributes = {} } = options
  const instruments = producerReadings.map((reading) => [reading, instrumentOf(meter, reading)] as const)
  const observe = (result: BatchObservableResult) => {
    const metrics = producer.metrics()
    for (const [reading, instrument] of instruments) {
      for (const { labels, value } of reading.read(metrics)) {
        result.observe(instrument, value, { ...attributes, ...labels })
      }
    }
  }
  const observables = instruments.map(([, instrument]) => instrument)
  meter.addBatchObservableCallback(observe, observables)
  return () => meter.removeBatchObservableCallback(observe, observables)
}

function instrumentOf(meter: Meter, { name, kind, unit, help }: Reading): Observable {
  const fullName = `loghub.producer.${name}`
  const options = { unit, description: help }
  return kind === 'counter'
    ? meter.createObservableCounter(fullName, options)
    : meter.createObservableGauge(fullName, options)
}
