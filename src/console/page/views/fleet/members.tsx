import type { FleetMemberStatus } from '../../../../fleet/fleet-status.ts'
import { Empty } from '../../parts/states.tsx'
import { durationText, shareText } from '../../text/units.ts'

interface MembersProps {
  readonly members: readonly FleetMemberStatus[]
  /** Takes all inputs from a member, or gives it some again. */
  readonly onDrain: (name: string, isDraining: boolean) => void
}

/** The members of the fleet and how much each has. */
export function Members({ members, onDrain }: MembersProps) {
  return (
    <section class="panel">
      <h2>Members</h2>
      {members.length === 0 ? (
        <Empty>None lives.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Member</th>
              <th scope="col">Labels</th>
              <th scope="col" class="number">
                Inputs
              </th>
              <th scope="col" class="number">
                Load
              </th>
              <th scope="col" class="number">
                Since
              </th>
              <th scope="col">
                <span class="hidden">Drain</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {members.map((member) => (
              <MemberRow key={member.name} member={member} onDrain={onDrain} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function MemberRow({ member, onDrain }: Pick<MembersProps, 'onDrain'> & { readonly member: FleetMemberStatus }) {
  const { name, labels, owned, planned, load, isDraining, startedAt } = member
  const labelTexts = Object.entries(labels).map(([label, value]) => `${label}=${value}`)
  return (
    <tr>
      <td data-label="Member">{name}</td>
      <td data-label="Labels">{labelTexts.join(', ')}</td>
      <td data-label="Inputs" class="number">
        {owned === planned ? owned : `${owned}, shall have ${planned}`}
      </td>
      <td data-label="Load" class="number">
        {shareText(load)}
      </td>
      <td data-label="Since" class="number">
        {durationText(Math.max(0, Date.now() - startedAt))}
      </td>
      <td class="number">
        <button
          type="button"
          class="quiet"
          aria-label={isDraining ? `Give ${name} inputs again` : `Drain ${name}`}
          onClick={() => onDrain(name, !isDraining)}
        >
          {isDraining ? 'Give inputs again' : 'Drain'}
        </button>
      </td>
    </tr>
  )
}
