import type { ComponentChildren } from 'preact'
import { Empty } from './states.tsx'

/** A column: its head, and what a row has there. */
export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => ComponentChildren
  /** Figures stand at the right. */
  readonly isNumber?: boolean
  readonly isBad?: (row: Row) => boolean
  /** Holds a button that says itself what it does: the head is for screen readers alone. */
  readonly isAction?: boolean
}

interface TableProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  /** What is said where there is no row. */
  readonly none?: string
  /** Narrow enough to stay a table on a phone. The others become cards there, in which each cell says its own name. */
  readonly isShort?: boolean
}

export function Table<Row>({ columns, rows, keyOf, none, isShort }: TableProps<Row>) {
  if (rows.length === 0 && none !== undefined) return <Empty>{none}</Empty>
  return (
    <table class={isShort ? 'short' : undefined}>
      <thead>
        <tr>
          {columns.map(({ name, isNumber, isAction }) => (
            <th key={name} scope="col" class={isNumber ? 'number' : undefined}>
              {isAction ? <span class="hidden">{name}</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) => (
              <td key={column.name} data-label={column.isAction ? undefined : column.name} class={classOf(column, row)}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function classOf<Row>({ isNumber, isAction, isBad }: Column<Row>, row: Row): string | undefined {
  const classes = [...(isNumber || isAction ? ['number'] : []), ...(isBad?.(row) ? ['bad'] : [])]
  return classes.length === 0 ? undefined : classes.join(' ')
}
