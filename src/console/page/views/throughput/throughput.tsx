import type { EmulatorStats } from '../../../../emulator/counters.ts'
import type { SecondFigures } from '../../../../emulator/throughput.ts'
import { feedPath } from '../../feed/paths.ts'
import { usePolled } from '../../feed/use-feed.ts'
import { CountsTable } from '../../parts/counts-table.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Plot } from '../../parts/plot.tsx'
import { bytesText, countOf, countText } from '../../text/units.ts'
import { bytesPerSecond, countsPerSecond } from './formats.ts'
import { useSeconds } from './use-seconds.ts'

const STATS = feedPath('stats')
const LOGS = countsPerSecond('log')
const REQUESTS = countsPerSecond('request')

export function Throughput() {
  const stats = usePolled<EmulatorStats>(STATS, 1000).value
  const { axis, valuesOf } = useSeconds<SecondFigures>()
  const lines = (...all: readonly (readonly [name: string, figure: keyof SecondFigures, color: string])[]) => ({
    seconds: axis,
    series: all.map(([name, figure, color]) => ({ name, color, values: valuesOf(figure) })),
  })
  return (
    <>
      <h1>Throughput</h1>
      {stats !== undefined && <Totals stats={stats} />}
      <div class="plots">
        <Plot title="Logs" {...LOGS} {...lines(['accepted', 'logs', '--line-1'])} />
        <Plot
          title="Bytes"
          {...bytesPerSecond}
          {...lines(['raw', 'rawBytes', '--line-1'], ['on the wire', 'wireBytes', '--line-2'])}
        />
        <Plot
          title="Requests"
          {...REQUESTS}
          {...lines(['all', 'requests', '--line-1'], ['writes', 'writes', '--line-2'])}
        />
        <Plot title="Refusals" {...REQUESTS} {...lines(['refused', 'refusals', '--line-bad'])} />
      </div>
      {stats !== undefined && (
        <CountsTable
          title="Refusals by code"
          counts={stats.refusals}
          unit="Requests"
          none="No request was refused since the start."
        />
      )}
    </>
  )
}

function Totals({ stats }: { readonly stats: EmulatorStats }) {
  const refused = Object.values(stats.refusals).reduce((sum, count) => sum + count, 0)
  const ratio = stats.wireBytes === 0 ? undefined : `${(stats.rawBytes / stats.wireBytes).toFixed(1)} : 1 compressed`
  return (
    <dl class="figures">
      <Figure name="Accepted" value={countOf(stats.logs, 'log')} note={`in ${countOf(stats.writes, 'write')}`} />
      <Figure name="Raw bytes" value={bytesText(stats.rawBytes)} note={ratio} />
      <Figure
        name="Stored"
        value={countOf(stats.storedLogs, 'log')}
        note={`${bytesText(stats.storedBytes)}${stats.droppedLogs > 0 ? `, ${countText(stats.droppedLogs)} dropped` : ''}`}
      />
      <Figure name="Requests" value={countText(stats.requests)} note={countOf(stats.connections, 'connection')} />
      <Figure
        name="Refused"
        value={countOf(refused, 'request')}
        note={stats.resets > 0 ? countOf(stats.resets, 'reset') : undefined}
        isBad={refused > 0}
      />
    </dl>
  )
}
