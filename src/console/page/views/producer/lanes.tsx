import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { bytesText, countOf, countText } from '../../text/units.ts'

type Lane = ProducerInspection['lanes'][number]

const COLUMNS: readonly Column<Lane>[] = [
  { name: 'Lane', cell: ({ index }) => index },
  { name: 'Now', cell: ({ current }) => (current === undefined ? 'idle' : workText(current)) },
  { name: 'In line', cell: ({ waiting }) => countText(waiting), isNumber: true },
  { name: 'Requests', cell: ({ requests }) => countText(requests), isNumber: true },
  {
    name: 'Failed',
    cell: ({ failedRequests }) => countText(failedRequests),
    isNumber: true,
    isBad: ({ failedRequests }) => failedRequests > 0,
  },
  { name: 'Sent', cell: ({ sentBytes }) => bytesText(sentBytes), isNumber: true },
]

/** The lanes, each with one request at a time. */
export function Lanes({ lanes }: { readonly lanes: readonly Lane[] }) {
  const busy = lanes.filter((lane) => lane.busy).length
  return (
    <section class="panel">
      <h2>
        Lanes <span class="note">{`${busy} of ${lanes.length} busy`}</span>
      </h2>
      <Table columns={COLUMNS} rows={lanes} keyOf={({ index }) => index} />
    </section>
  )
}

function workText({ project, logstore, logCount, rawSizeInBytes }: NonNullable<Lane['current']>): string {
  return `${countOf(logCount, 'log')}, ${bytesText(rawSizeInBytes)} to ${project}/${logstore}`
}
