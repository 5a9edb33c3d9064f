import type { FleetMemberStatus } from '../../../../fleet/fleet-status.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { durationText, shareText } from '../../text/units.ts'

interface MembersProps {
  readonly members: readonly FleetMemberStatus[]
  /** Starts or ends the drain of a member. */
  readonly onDrain: (name: string, isDraining: boolean) => void
}

/** The members of the fleet, with their inputs and load. */
export function Members({ members, onDrain }: MembersProps) {
  return (
    <section class="panel">
      <h2>Members</h2>
      <Table columns={columnsOf(onDrain)} rows={members} keyOf={({ name }) => name} none="None lives." />
    </section>
  )
}

function columnsOf(onDrain: MembersProps['onDrain']): readonly Column<FleetMemberStatus>[] {
  return [
    { name: 'Member', cell: ({ name }) => name },
    { name: 'Labels', cell: labelsText },
    { name: 'Inputs', cell: inputsText, isNumber: true },
    { name: 'Load', cell: ({ load }) => shareText(load), isNumber: true },
    { name: 'Since', cell: ({ startedAt }) => durationText(Math.max(0, Date.now() - startedAt)), isNumber: true },
    {
      name: 'Drain',
      isAction: true,
      cell: ({ name, isDraining }) => (
        <button
          type="button"
          class="quiet"
          aria-label={isDraining ? `Give ${name} inputs again` : `Drain ${name}`}
          onClick={() => onDrain(name, !isDraining)}
        >
          {isDraining ? 'Give inputs again' : 'Drain'}
        </button>
      ),
    },
  ]
}

function labelsText({ labels }: FleetMemberStatus): string {
  return Object.entries(labels)
    .map(([label, value]) => `${label}=${value}`)
    .join(', ')
}

function inputsText({ owned, planned }: FleetMemberStatus): string {
  return owned === planned ? String(owned) : `${owned}, shall have ${planned}`
}
