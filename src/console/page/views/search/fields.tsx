import { useState } from 'preact/hooks'
import type { FieldCount } from '../../../../emulator/search/field-counts.ts'
import { countOf, countText } from '../../text/units.ts'
import { termText } from './query-text.ts'

interface FieldsProps {
  readonly fields: readonly FieldCount[]
  /** Number of logs from which the fields were computed. */
  readonly fieldLogs: number
  /** Adds a term to the search. */
  readonly onNarrow: (term: string) => void
}

const LONGEST_CHIP = 40

/** The fields of the found logs, with their frequent values as chips. */
export function Fields({ fields, fieldLogs, onNarrow }: FieldsProps) {
  // Closed on a phone, where they are above the logs.
  const [isWide] = useState(() => matchMedia('(min-width: 901px)').matches)
  return (
    <details class="panel fields-panel" open={isWide}>
      <summary>
        <h2>Fields</h2>
        <span class="note">{fields.length === 0 ? 'none' : `newest ${countOf(fieldLogs, 'log')}`}</span>
      </summary>
      {fields.map((field) => (
        <details key={field.name} open={field.distinct <= 6 && !field.hasMore}>
          <summary>
            <span class="name">{field.name}</span>
            <span class="note">{`${countText(field.distinct)}${field.hasMore ? '+' : ''}`}</span>
          </summary>
          <div class="chips">
            {field.top.map(([value, count]) => (
              <button
                key={value}
                type="button"
                class="chip"
                title={value}
                onClick={() => onNarrow(termText(field.name, value))}
              >
                <span class="name">{value.length > LONGEST_CHIP ? `${value.slice(0, LONGEST_CHIP)}…` : value}</span>
                <span class="count">{countText(count)}</span>
              </button>
            ))}
            {field.top.length === 0 && <span class="note">Its values are too long to be counted.</span>}
          </div>
        </details>
      ))}
    </details>
  )
}
