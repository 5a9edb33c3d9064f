import type { FleetInputStatus } from '../../../../fleet/fleet-status.ts'
import { Empty } from '../../parts/states.tsx'
import { durationText } from '../../text/units.ts'

/** The inputs of the fleet and who runs each. */
export function FleetInputs({ inputs }: { readonly inputs: readonly FleetInputStatus[] }) {
  return (
    <section class="panel">
      <h2>Inputs</h2>
      {inputs.length === 0 ? (
        <Empty>The fleet has no inputs yet.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              {['Input', 'Type', 'Runs on', 'Why'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col" class="number">
                Since
              </th>
            </tr>
          </thead>
          <tbody>
            {inputs.map((input) => (
              <InputRow key={input.id} input={input} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function InputRow({ input }: { readonly input: FleetInputStatus }) {
  const { id, type, reason, since, problem } = input
  return (
    <tr>
      <td data-label="Input">{id}</td>
      <td data-label="Type">{type}</td>
      <td data-label="Runs on">{placeText(input)}</td>
      <td data-label="Why" class={problem === undefined ? undefined : 'bad'}>
        {problem ?? reason ?? ''}
      </td>
      <td data-label="Since" class="number">
        {since === undefined ? '–' : durationText(Math.max(0, Date.now() - since))}
      </td>
    </tr>
  )
}

function placeText({ placement, owner, planned, members }: FleetInputStatus): string {
  if (placement === 'all') return members.length === 0 ? 'nobody' : `all: ${members.join(', ')}`
  if (planned === undefined || planned === owner) return owner ?? 'nobody'
  return `${owner ?? 'nobody'}, moves to ${planned}`
}
