import type { LogstoreFigures } from '../../../emulator/inspection.ts'
import { feedPath } from '../feed/paths.ts'
import { usePolled } from '../feed/use-feed.ts'
import { Empty } from '../parts/states.tsx'
import { type Column, Table } from '../parts/table.tsx'
import { hrefOf } from '../route.ts'
import { bytesText, countOf, countText } from '../text/units.ts'

const LOGSTORES = feedPath('logstores')
const NONE = 'There is none yet. A logstore comes into being with the first log that is written to it.'
const COLUMNS: readonly Column<LogstoreFigures>[] = [
  { name: 'Project', cell: ({ project }) => project },
  {
    name: 'Logstore',
    cell: ({ project, logstore }) => <a href={hrefOf('search', { project, logstore })}>{logstore}</a>,
  },
  { name: 'Logs', cell: ({ logs }) => countText(logs), isNumber: true },
  { name: 'Bytes', cell: ({ bytes }) => bytesText(bytes), isNumber: true },
  { name: 'Shards', cell: shardsText, isNumber: true },
  { name: 'Kept for', cell: ({ ttlDays }) => countOf(ttlDays, 'day'), isNumber: true },
]

export function Logstores() {
  const { value: logstores } = usePolled<readonly LogstoreFigures[]>(LOGSTORES, 1000)
  return (
    <>
      <h1>Logstores</h1>
      <section class="panel">
        {logstores === undefined ? (
          <Empty>Loading…</Empty>
        ) : (
          <Table
            columns={COLUMNS}
            rows={logstores}
            keyOf={({ project, logstore }) => `${project}/${logstore}`}
            none={NONE}
          />
        )}
      </section>
    </>
  )
}

function shardsText({ openShards, shards }: LogstoreFigures): string {
  const closed = shards - openShards
  return closed === 0 ? String(openShards) : `${openShards} + ${closed} read only`
}
