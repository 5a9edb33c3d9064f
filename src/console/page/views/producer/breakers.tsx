import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { countOf, durationText } from '../../text/units.ts'

type Breaker = ProducerInspection['breakers'][number]

const COLUMNS: readonly Column<Breaker>[] = [
  { name: 'Logstore', cell: nameOf },
  { name: 'State', cell: stateText },
  { name: 'Held', cell: ({ heldLogs }) => countOf(heldLogs, 'log'), isNumber: true },
]

/** Failing logstores, and the logs that are held back for them. */
export function Breakers({ breakers }: { readonly breakers: readonly Breaker[] }) {
  return (
    <section class="panel">
      <h2>Logstores in trouble</h2>
      <Table
        columns={COLUMNS}
        rows={breakers}
        keyOf={nameOf}
        none="None: every logstore takes what it is sent."
        isShort
      />
    </section>
  )
}

function nameOf({ project, logstore }: Breaker): string {
  return `${project}/${logstore}`
}

function stateText({ state, probeInMs }: Breaker): string {
  if (state === 'open')
    return probeInMs === undefined ? 'held back' : `held back, next try in ${durationText(probeInMs)}`
  return state === 'half-open' ? 'one batch tries' : 'failed last'
}
