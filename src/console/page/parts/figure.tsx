/** A number with its unit and name. */
export interface FigureProps {
  readonly name: string
  readonly value: string
  /** Further text in small letters. */
  readonly note?: string | undefined
  /** Marks a number that should be zero. */
  readonly isBad?: boolean
}

export function Figure({ name, value, note, isBad = false }: FigureProps) {
  return (
    <div class={isBad ? 'figure bad' : 'figure'}>
      <dt>{name}</dt>
      <dd>
        <span class="value">{value}</span>
        {note !== undefined && <span class="note">{note}</span>}
      </dd>
    </div>
  )
}
