import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { Table } from '../../parts/table.tsx'
import { countText } from '../../text/units.ts'

type Batches = ProducerInspection['batches']

const STATES: readonly (readonly [state: keyof Batches, text: string])[] = [
  ['open', 'take more logs'],
  ['queued', 'wait for a lane'],
  ['inFlight', 'have a request under way'],
  ['retrying', 'wait for their next attempt'],
  ['held', 'are held back: their logstore is in trouble'],
  ['inLine', 'wait for an earlier batch of their group'],
]

/** Number of batches in each state. */
export function Batches({ batches }: { readonly batches: Batches }) {
  return (
    <section class="panel">
      <h2>Batches now</h2>
      <Table
        columns={[
          { name: 'They', cell: ([, text]) => text },
          { name: 'Batches', cell: ([state]) => countText(Number(batches[state])), isNumber: true },
        ]}
        rows={STATES}
        keyOf={([state]) => state}
        isShort
      />
    </section>
  )
}
