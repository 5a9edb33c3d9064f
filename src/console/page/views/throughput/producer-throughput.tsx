import type { ProducerSecond } from '../../../../agent/admin/producer-history.ts'
import { Plot } from '../../parts/plot.tsx'
import { bytes, bytesPerSecond, countsPerSecond } from './formats.ts'
import { useSeconds } from './use-seconds.ts'

const LOGS = countsPerSecond('log')
const REQUESTS = countsPerSecond('request')

/** What the producer accepts, sends and holds in memory. */
export function ProducerThroughput() {
  const { axis, valuesOf } = useSeconds<ProducerSecond>()
  const lines = (...all: readonly (readonly [name: string, figure: keyof ProducerSecond, color: string])[]) => ({
    seconds: axis,
    series: all.map(([name, figure, color]) => ({ name, color, values: valuesOf(figure) })),
  })
  return (
    <>
      <h1>Throughput</h1>
      <div class="plots">
        <Plot
          title="Logs"
          {...LOGS}
          {...lines(
            ['accepted', 'accepted', '--line-1'],
            ['delivered', 'delivered', '--line-2'],
            ['lost', 'lost', '--line-bad'],
          )}
        />
        <Plot
          title="Bytes delivered"
          {...bytesPerSecond}
          {...lines(['raw', 'rawBytes', '--line-1'], ['as sent', 'sentBytes', '--line-2'])}
        />
        <Plot
          title="Requests"
          {...REQUESTS}
          {...lines(['all', 'requests', '--line-1'], ['failed', 'failedRequests', '--line-bad'])}
        />
        <Plot title="Memory" {...bytes} {...lines(['in use', 'usedBytes', '--line-1'])} />
      </div>
    </>
  )
}
