import type { ComponentChildren } from 'preact'
import { Empty } from './states.tsx'

/** A column: its head, and the cell of a row. */
export interface Column<Row> {
  readonly name: string
  readonly cell: (row: Row) => ComponentChildren
  /** Numbers are aligned right. */
  readonly isNumber?: boolean
  readonly isBad?: (row: Row) => boolean
  /** The cells are buttons, so the head is only for screen readers. */
  readonly isAction?: boolean
}

interface TableProps<Row> {
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly keyOf: (row: Row) => string | number
  /** Text that is shown without rows. */
  readonly none?: string
  /** Narrow enough for a phone. Other tables become cards there, in which each cell shows its name. */
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
