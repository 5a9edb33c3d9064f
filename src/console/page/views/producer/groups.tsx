import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { Empty } from '../../parts/states.tsx'
import { bytesText, countText, durationText } from '../../text/units.ts'

type Group = ProducerInspection['groups'][number]

interface GroupsProps {
  readonly groups: readonly Group[]
  /** All of them, also those that are not listed. */
  readonly groupCount: number
}

/** The groups that have logs in memory, the largest first. */
export function Groups({ groups, groupCount }: GroupsProps) {
  return (
    <section class="panel">
      <h2>
        Groups with logs in memory{' '}
        {groupCount > groups.length && (
          <span class="note">{`the largest ${groups.length} of ${countText(groupCount)}`}</span>
        )}
      </h2>
      {groups.length === 0 ? (
        <Empty>None: everything that was accepted has its verdict.</Empty>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">Logstore</th>
              <th scope="col">Topic, source</th>
              {['Batches', 'Logs', 'Memory', 'Oldest'].map((name) => (
                <th key={name} scope="col" class="number">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map((group) => (
              <GroupRow key={Object.values(keyOf(group)).join('\n')} group={group} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function keyOf({ project, logstore, topic, source, shardHash }: Group) {
  return { project, logstore, topic, source, shardHash }
}

function GroupRow({ group }: { readonly group: Group }) {
  const { project, logstore, topic, source, shardHash, batches, logs, usedBytes, oldestAgeMs } = group
  const rest = [topic, source, shardHash].filter((part) => part !== undefined && part !== '')
  return (
    <tr>
      <td data-label="Logstore">{`${project}/${logstore}`}</td>
      <td data-label="Topic, source">{rest.join(', ')}</td>
      <td data-label="Batches" class="number">
        {countText(batches)}
      </td>
      <td data-label="Logs" class="number">
        {countText(logs)}
      </td>
      <td data-label="Memory" class="number">
        {bytesText(usedBytes)}
      </td>
      <td data-label="Oldest" class="number">
        {durationText(oldestAgeMs)}
      </td>
    </tr>
  )
}
