import type { FleetInputStatus } from '../../../../fleet/fleet-status.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { durationText } from '../../text/units.ts'

const COLUMNS: readonly Column<FleetInputStatus>[] = [
  { name: 'Input', cell: ({ id }) => id },
  { name: 'Type', cell: ({ type }) => type },
  { name: 'Runs on', cell: placeText },
  {
    name: 'Why',
    cell: ({ problem, reason }) => problem ?? reason ?? '',
    isBad: ({ problem }) => problem !== undefined,
  },
  {
    name: 'Since',
    cell: ({ since }) => (since === undefined ? '–' : durationText(Math.max(0, Date.now() - since))),
    isNumber: true,
  },
]

/** The inputs of the fleet, and which member runs each. */
export function FleetInputs({ inputs }: { readonly inputs: readonly FleetInputStatus[] }) {
  return (
    <section class="panel">
      <h2>Inputs</h2>
      <Table columns={COLUMNS} rows={inputs} keyOf={({ id }) => id} none="The fleet has no inputs yet." />
    </section>
  )
}

function placeText({ placement, owner, planned, members }: FleetInputStatus): string {
  if (placement === 'all') return members.length === 0 ? 'nobody' : `all: ${members.join(', ')}`
  if (planned === undefined || planned === owner) return owner ?? 'nobody'
  return `${owner ?? 'nobody'}, moves to ${planned}`
}
