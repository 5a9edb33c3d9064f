import type { Registry } from 'prom-client'
import type { ProducerLike } from '../../producer/producer-like.ts'
import { type LabelledValue, producerReadings, type Reading } from '../common/producer-readings.ts'

/** What the collector takes besides the producer. */
export interface CollectOptions {
  /** Begins all names. Default: `'loghub_producer_'`. */
  readonly prefix?: string
  /** Labels of all series, such as a name where there are several producers. Default: none. */
  readonly labels?: Readonly<Record<string, string>>
}

/**
 * Adds a producer's metrics to a registry of prom-client: read when the registry is scraped, and at no other time. Returns a
 * function that takes them out again.
 *
 * @throws Error of prom-client when a metric of the same name is registered already: give another `prefix`
 *
 * @example
 * ```ts
 * import { collect } from 'loghub-producer/prometheus'
 * import { Registry } from 'prom-client'
 *
 * const registry = new Registry()
 * collect(registry, producer, { labels: { producer: 'main' } })
 * console.log(await registry.metrics())
 * ```
 */
export function collect(registry: Registry, producer: ProducerLike, options: CollectOptions = {}): () => void {
  const { prefix = 'loghub_producer_', labels = {} } = options
  const metrics = producerReadings.map((reading) => new ProducerMetric(prefix, labels, reading, producer))
  for (const metric of metrics) registry.registerMetric(metric as unknown as Parameters<Registry['registerMetric']>[0])
  return () => {
    for (const { name } of metrics) registry.removeSingleMetric(name)
  }
}

/** What a registry of prom-client needs of a metric. Made here, so that the registry's copy of the library is the only one. */
class ProducerMetric {
  readonly name: string
  readonly help: string
  readonly type: Reading['kind']
  readonly aggregator = 'sum'
  readonly #labels: Readonly<Record<string, string>>
  readonly #reading: Reading
  readonly #producer: ProducerLike

  constructor(prefix: string, labels: Readonly<Record<string, string>>, reading: Reading, producer: ProducerLike) {
    this.name = `${prefix}${seriesName(reading)}`
    this.help = reading.help
    this.type = reading.kind
    this.#labels = labels
    this.#reading = reading
    this.#producer = producer
  }

  async get(): Promise<object> {
    const { name, help, type, aggregator } = this
    const values = this.#reading.read(this.#producer.metrics())
    return { name, help, type, aggregator, values: values.map((each) => this.#labelled(each)) }
  }

  async getForPromString(): Promise<object> {
    return this.get()
  }

  /** The producer's counters cannot be set back; a registry that is reset keeps on reading them. */
  reset(): void {}

  #labelled({ labels, value }: LabelledValue): object {
    return { value, labels: { ...this.#labels, ...labels } }
  }
}

const UNIT_SUFFIX: Readonly<Record<string, string>> = { By: '_bytes', s: '_seconds' }

/** Prometheus' rule: the unit at the end, and behind it `_total` for a counter. */
function seriesName({ name, unit, kind }: Reading): string {
  return `${name}${UNIT_SUFFIX[unit] ?? ''}${kind === 'counter' ? '_total' : ''}`
}
