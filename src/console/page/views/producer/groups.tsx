import type { ProducerInspection } from '../../../../producer/observe/inspection.ts'
import { type Column, Table } from '../../parts/table.tsx'
import { bytesText, countText, durationText } from '../../text/units.ts'

type Group = ProducerInspection['groups'][number]

interface GroupsProps {
  readonly groups: readonly Group[]
  /** Number of all groups, including those that are not listed. */
  readonly groupCount: number
}

const COLUMNS: readonly Column<Group>[] = [
  { name: 'Logstore', cell: ({ project, logstore }) => `${project}/${logstore}` },
  { name: 'Topic, source', cell: restText },
  { name: 'Batches', cell: ({ batches }) => countText(batches), isNumber: true },
  { name: 'Logs', cell: ({ logs }) => countText(logs), isNumber: true },
  { name: 'Memory', cell: ({ usedBytes }) => bytesText(usedBytes), isNumber: true },
  { name: 'Oldest', cell: ({ oldestAgeMs }) => durationText(oldestAgeMs), isNumber: true },
]

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
      <Table columns={COLUMNS} rows={groups} keyOf={keyOf} none="None: everything that was accepted has its verdict." />
    </section>
  )
}

function keyOf({ project, logstore, topic, source, shardHash }: Group): string {
  return [project, logstore, topic, source, shardHash].join('\n')
}

function restText({ topic, source, shardHash }: Group): string {
  return [topic, source, shardHash].filter((part) => part !== undefined && part !== '').join(', ')
}
