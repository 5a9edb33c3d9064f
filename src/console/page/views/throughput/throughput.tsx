import type { EmulatorStats } from '../../../../emulator/counters.ts'
import { feedPath } from '../../feed/paths.ts'
import { usePolled } from '../../feed/use-feed.ts'
import { Figure } from '../../parts/figure.tsx'
import { Plot } from '../../parts/plot.tsx'
import { Empty } from '../../parts/states.tsx'
import { bytesText, countOf, countText, shortCount } from '../../text/units.ts'
import { useSeconds } from './use-seconds.ts'

const STATS = feedPath('stats')
const perSecond = (one: string) => (value: number) => `${countText(value)} ${one}/s`
const bytesPerSecond = (value: number) => `${bytesText(value)}/s`

export function Throughput() {
  const stats = usePolled<EmulatorStats>(STATS, 1000).value
  const { axis, valuesOf } = useSeconds()
  const plot = { seconds: axis, formatShort: shortCount }
  return (
    <>
      <h1>Throughput</h1>
      {stats !== undefined && <Totals stats={stats} />}
      <div class="plots">
        <Plot
          {...plot}
          title="Logs"
          format={perSecond('logs')}
          series={[{ name: 'accepted', color: '--line-1', values: valuesOf('logs') }]}
        />
        <Plot
          {...plot}
          title="Bytes"
          format={bytesPerSecond}
          formatShort={bytesText}
          series={[
            { name: 'raw', color: '--line-1', values: valuesOf('rawBytes') },
            { name: 'on the wire', color: '--line-2', values: valuesOf('wireBytes') },
          ]}
        />
        <Plot
          {...plot}
          title="Requests"
          format={perSecond('requests')}
          series={[
            { name: 'all', color: '--line-1', values: valuesOf('requests') },
            { name: 'writes', color: '--line-2', values: valuesOf('writes') },
          ]}
        />
        <Plot
          {...plot}
          title="Refusals"
          format={perSecond('refusals')}
          series={[{ name: 'refused', color: '--line-bad', values: valuesOf('refusals') }]}
        />
      </div>
      {stats !== undefined && <Refusals refusals={stats.refusals} />}
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

function Refusals({ refusals }: { readonly refusals: EmulatorStats['refusals'] }) {
  const codes = Object.entries(refusals).sort(([, a], [, b]) => b - a)
  return (
    <section class="panel">
      <h2>Refusals by code</h2>
      {codes.length === 0 ? (
        <Empty>No request was refused since the start.</Empty>
      ) : (
        <table class="short">
          <thead>
            <tr>
              <th scope="col">Code</th>
              <th scope="col" class="number">
                Requests
              </th>
            </tr>
          </thead>
          <tbody>
            {codes.map(([code, count]) => (
              <tr key={code}>
                <td class="code">{code}</td>
                <td class="number">{countText(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
