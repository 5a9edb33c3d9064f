import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { feedPath } from '../../feed/paths.ts'
import { usePolled } from '../../feed/use-feed.ts'
import { CountsTable } from '../../parts/counts-table.tsx'
import { Figure } from '../../parts/figure.tsx'
import { Empty } from '../../parts/states.tsx'
import { bytesText, countOf, countText, durationText, shareText } from '../../text/units.ts'
import { Batches } from './batches.tsx'
import { Breakers } from './breakers.tsx'
import { Groups } from './groups.tsx'
import { Lanes } from './lanes.tsx'
import { Latencies } from './latencies.tsx'

const PRODUCER = feedPath('producer')

/** All figures of the producer. */
export function Producer() {
  const { value } = usePolled<ProducerInspection>(PRODUCER, 1000)
  return (
    <>
      <h1>Producer</h1>
      {value === undefined ? <Empty>Loading…</Empty> : <Inspection {...value} />}
    </>
  )
}

function Inspection(inspection: ProducerInspection) {
  const { batches, requests, latency, lanes, groups, groupCount, breakers, logs } = inspection
  return (
    <>
      <Totals {...inspection} />
      <div class="columns">
        <Batches batches={batches} />
        <Latencies latency={latency} />
        <CountsTable
          title="Why batches were sealed"
          counts={batches.sealedByReason}
          unit="Batches"
          none="No batch was sealed yet."
        />
        <CountsTable
          title="Retries by reason"
          counts={requests.retriesByReason}
          unit="Requests"
          none="No request was tried again."
        />
        <CountsTable
          title="Logs lost and refused, by code"
          counts={{ ...logs.failedByCode, ...logs.droppedByReason, ...logs.refusedByCode }}
          unit="Logs"
          none="None."
        />
        <Breakers breakers={breakers} />
      </div>
      <Lanes lanes={lanes} />
      <Groups groups={groups} groupCount={groupCount} />
    </>
  )
}

function Totals({ logs, memory, requests, uptimeMs }: ProducerInspection) {
  const lost = logs.failed + logs.dropped
  return (
    <dl class="figures">
      <Figure name="Accepted" value={countOf(logs.accepted, 'log')} note={`in ${durationText(uptimeMs)}`} />
      <Figure
        name="Delivered"
        value={countOf(logs.delivered, 'log')}
        note={`${bytesText(requests.rawBytes)}, ${bytesText(requests.sentBytes)} sent`}
      />
      <Figure
        name="Lost"
        value={countOf(lost, 'log')}
        note={`${countText(logs.failed)} failed, ${countText(logs.dropped)} dropped`}
        isBad={lost > 0}
      />
      <Figure name="In memory" value={countOf(logs.inMemory, 'log')} note={`${countText(logs.onDisk)} on disk`} />
      <Figure
        name="Memory"
        value={bytesText(memory.usedBytes)}
        note={`${shareText(memory.usedBytes / memory.totalBytes)} of ${bytesText(memory.totalBytes)}`}
      />
      <Figure
        name="Blocked"
        value={countOf(memory.blockedSends, 'send')}
        note={memory.blockedBytes > 0 ? `${bytesText(memory.blockedBytes)} wait for room` : 'none waits for room'}
        isBad={memory.blockedSends > 0}
      />
    </dl>
  )
}
