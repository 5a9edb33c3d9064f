import { countText } from '../text/units.ts'
import { Empty } from './states.tsx'

interface CountsTableProps {
  readonly title: string
  readonly counts: Readonly<Record<string, number>>
  /** What is counted, in the head of the column. */
  readonly unit: string
  /** What is said where nothing was counted. */
  readonly none: string
}

/** Counts by a name, the largest first, each with its share as a bar. */
export function CountsTable({ title, counts, unit, none }: CountsTableProps) {
  const entries = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  const largest = Math.max(1, ...entries.map(([, count]) => count))
  return (
    <section class="panel">
      <h2>{title}</h2>
      {entries.length === 0 ? (
        <Empty>{none}</Empty>
      ) : (
        <table class="short">
          <thead>
            <tr>
              <th scope="col">Reason</th>
              <th scope="col" class="number">
                {unit}
              </th>
            </tr>
          </thead>
          <tbody>
            {entries.map(([name, count]) => (
              <tr key={name}>
                <td>
                  <span class="code">{name}</span>
                  <Share share={count / largest} />
                </td>
                <td class="number">{countText(count)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

/** A bar that is full at 1. */
export function Share({ share }: { readonly share: number }) {
  return (
    <span class="share" aria-hidden="true">
      <span style={{ width: `${Math.min(1, share) * 100}%` }} />
    </span>
  )
}
