import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** How long something took, in milliseconds. */
export interface LatencySnapshot {
  /** How many were measured. */
  readonly count: number
  /** The mean, in milliseconds. */
  readonly mean: number
  /** The median, in milliseconds. */
  readonly p50: number
  /** 99 of 100 took at most this, in milliseconds. */
  readonly p99: number
  /** The longest, in milliseconds. */
  readonly max: number
}

/** Latencies of batches, in milliseconds, exact to about 0.1 %. */
export class LatencyHistogram {
  readonly #microseconds: RecordableHistogram = createHistogram()
  /** Until the next record: to ask the histogram walks over all of it, and the metrics may be read for every log. */
  #last: LatencySnapshot | undefined

  record(ms: number): void {
    this.#last = undefined
    this.#microseconds.record(Math.max(1, Math.round(ms * 1000)))
  }

  snapshot(): LatencySnapshot {
    this.#last ??= this.#read()
    return { ...this.#last }
  }

  #read(): LatencySnapshot {
    const histogram = this.#microseconds
    if (histogram.count === 0) return { count: 0, mean: 0, p50: 0, p99: 0, max: 0 }
    const ms = (value: number) => Math.round(value) / 1000
    return {
      count: histogram.count,
      mean: ms(histogram.mean),
      p50: ms(histogram.percentile(50)),
      p99: ms(histogram.percentile(99)),
      max: ms(histogram.max),
    }
  }
}
