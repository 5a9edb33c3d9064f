import type { FieldCount } from '../../../../emulator/search/field-counts.ts'
import { Empty } from '../../parts/states.tsx'
import { countOf, countText } from '../../text/units.ts'
import { termText } from './query-text.ts'

interface FieldsProps {
  readonly fields: readonly FieldCount[]
  /** Logs that they were counted in. */
  readonly fieldLogs: number
  /** Narrows the search down. */
  readonly onNarrow: (term: string) => void
}

const LONGEST_CHIP = 40

/** The fields of the logs that were found, with their frequent values as chips. */
export function Fields({ fields, fieldLogs, onNarrow }: FieldsProps) {
  return (
    <section class="panel fields-panel" aria-label="Fields">
      <h2>Fields</h2>
      {fields.length === 0 ? <Empty>None</Empty> : <p class="note">of the newest {countOf(fieldLogs, 'log')}</p>}
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
    </section>
  )
}
