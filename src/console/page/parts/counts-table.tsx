import { countText } from '../text/units.ts'
import { Table } from './table.tsx'

interface CountsTableProps {
  readonly title: string
  readonly counts: Readonly<Record<string, number>>
  /** What is counted: the head of the column. */
  readonly unit: string
  /** Text that is shown without counts. */
  readonly none: string
}

/** Counts by name, the largest first, each with a bar for its share. */
export function CountsTable({ title, counts, unit, none }: CountsTableProps) {
  const entries = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  const largest = Math.max(1, ...entries.map(([, count]) => count))
  return (
    <section class="panel">
      <h2>{title}</h2>
      <Table
        columns={[
          { name: 'Reason', cell: ([name, count]) => <Reason name={name} share={count / largest} /> },
          { name: unit, cell: ([, count]) => countText(count), isNumber: true },
        ]}
        rows={entries}
        keyOf={([name]) => name}
        none={none}
        isShort
      />
    </section>
  )
}

function Reason({ name, share }: { readonly name: string; readonly share: number }) {
  return (
    <>
      <span class="code">{name}</span>
      <Share share={share} />
    </>
  )
}

/** A bar for a share from 0 to 1. */
export function Share({ share }: { readonly share: number }) {
  return (
    <span class="share" aria-hidden="true">
      <span style={{ width: `${Math.min(1, share) * 100}%` }} />
    </span>
  )
}
