import type { SpoolMetrics } from '../../../producer/observe/metrics.ts'
import { feedPath } from '../feed/paths.ts'
import { usePolled } from '../feed/use-feed.ts'
import { Figure } from '../parts/figure.tsx'
import { Empty } from '../parts/states.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { bytesText, countOf, countText, durationText } from '../text/units.ts'

interface SpoolFeed {
  readonly spool: SpoolMetrics | null
  readonly logs: { readonly onDisk: number; readonly recovered: number; readonly damaged: number }
}

const SPOOL = feedPath('spool')

/** The content of the spool, and its counters. */
export function Spool() {
  const { value } = usePolled<SpoolFeed>(SPOOL, 1000)
  return (
    <>
      <h1>Spool</h1>
      {value === undefined ? (
        <Empty>Loading…</Empty>
      ) : value.spool === null ? (
        <Empty>This producer keeps nothing on disk: it was made without the option “spool”.</Empty>
      ) : (
        <SpoolFigures spool={value.spool} logs={value.logs} />
      )}
    </>
  )
}

function SpoolFigures({ spool, logs }: { readonly spool: SpoolMetrics; readonly logs: SpoolFeed['logs'] }) {
  const lost = logs.damaged + spool.lostRecords + spool.quarantined
  return (
    <>
      <dl class="figures">
        <Figure
          name="On disk"
          value={countOf(logs.onDisk, 'log')}
          note={`in ${countOf(spool.records, 'batch', 'batches')}`}
        />
        <Figure name="Files" value={bytesText(spool.bytes)} />
        <Figure name="Oldest batch" value={spool.records === 0 ? 'none' : durationText(spool.oldestAgeMs)} />
        <Figure
          name="Written"
          value={countOf(spool.appends, 'batch', 'batches')}
          note={`${countOf(spool.syncs, 'sync')} to the disk`}
        />
        <Figure
          name="Sent from disk"
          value={countOf(spool.replayed, 'batch', 'batches')}
          note={`${countOf(logs.recovered, 'log')} recovered`}
        />
        <Figure
          name="Troubles"
          value={countOf(spool.troubles, 'failed write')}
          note={lost > 0 ? `${countText(logs.damaged)} logs damaged` : 'nothing damaged'}
          isBad={spool.troubles + lost > 0}
        />
      </dl>
      <section class="panel">
        <h2>By project</h2>
        <ByProject byProject={spool.byProject} />
      </section>
    </>
  )
}

type ProjectOnDisk = readonly [project: string, figures: SpoolMetrics['byProject'][string]]

const PROJECT_COLUMNS: readonly Column<ProjectOnDisk>[] = [
  { name: 'Project', cell: ([project]) => project },
  { name: 'Batches', cell: ([, { records }]) => countText(records), isNumber: true },
  { name: 'Logs', cell: ([, { logs }]) => countText(logs), isNumber: true },
  { name: 'Bytes', cell: ([, { bytes }]) => bytesText(bytes), isNumber: true },
]

function ByProject({ byProject }: Pick<SpoolMetrics, 'byProject'>) {
  const projects = Object.entries(byProject)
    .filter(([, { records }]) => records > 0)
    .sort(([, a], [, b]) => b.bytes - a.bytes)
  return (
    <Table columns={PROJECT_COLUMNS} rows={projects} keyOf={([project]) => project} none="Nothing waits on disk." />
  )
}
