import { memo } from 'preact/compat'
import type { ShownLog } from '../../../../emulator/shown-log.ts'
import { dateText, preciseClockText, shortTimeText } from '../../text/times.ts'
import { countOf } from '../../text/units.ts'
import { termText } from './query-text.ts'

interface LogRowProps {
  readonly log: ShownLog
  /** Restricts the search to logs with this term, or without it; undefined if there is no search. */
  readonly onNarrow: ((term: string, isExcluded: boolean) => void) | undefined
  readonly onToggle: (isOpen: boolean) => void
  readonly isOpen: boolean
}

const SHOWN_FIELDS = 12
const SHOWN_CHARACTERS = 300

/** A log does not change: only whether its row is open does. */
export const LogRow = memo(Row, (a, b) => a.log.id === b.log.id && a.isOpen === b.isOpen)

function Row({ log, onNarrow, onToggle, isOpen }: LogRowProps) {
  return (
    <li class={isOpen ? 'open' : undefined}>
      <button type="button" class="row log-row" aria-expanded={isOpen} onClick={() => onToggle(!isOpen)}>
        <span class="time">{timeText(log)}</span>
        <span class="summary">
          {log.fields
            .slice(0, SHOWN_FIELDS)
            .map(([key, value]) => [<span class="key">{key}</span>, ` ${value.slice(0, SHOWN_CHARACTERS)} `])}
        </span>
      </button>
      {isOpen && <LogFields log={log} onNarrow={onNarrow} />}
    </li>
  )
}

function LogFields({ log, onNarrow }: Pick<LogRowProps, 'log' | 'onNarrow'>) {
  return (
    <div class="details">
      <p class="note">{`${dateText(log.time * 1000)}${fractionText(log)}`}</p>
      <table class="log-fields">
        <tbody>
          {log.fields.map(([key, value], i) => (
            <tr key={i}>
              <th scope="row" class="code">
                {key}
              </th>
              <td class="code value">{value}</td>
              {onNarrow !== undefined && <NarrowButtons name={key} value={value} onNarrow={onNarrow} />}
            </tr>
          ))}
        </tbody>
      </table>
      {log.cutFields > 0 && (
        <p class="note">{`${countOf(log.cutFields, 'more field')} of this long log cannot be shown.`}</p>
      )}
    </div>
  )
}

interface NarrowButtonsProps {
  readonly name: string
  readonly value: string
  readonly onNarrow: (term: string, isExcluded: boolean) => void
}

function NarrowButtons({ name, value, onNarrow }: NarrowButtonsProps) {
  const term = termText(name, value)
  return (
    <td class="narrow">
      <button
        type="button"
        class="quiet"
        aria-label={`Only logs with this ${name}`}
        title="Only logs with this value"
        onClick={() => onNarrow(term, false)}
      >
        +
      </button>
      <button
        type="button"
        class="quiet"
        aria-label={`No logs with this ${name}`}
        title="No logs with this value"
        onClick={() => onNarrow(term, true)}
      >
        −
      </button>
    </td>
  )
}

function timeText(log: ShownLog): string {
  const ms = log.time * 1000
  if (log.nanoseconds !== undefined) return preciseClockText(ms + log.nanoseconds / 1e6)
  return shortTimeText(ms, Date.now())
}

function fractionText({ nanoseconds }: ShownLog): string {
  return nanoseconds === undefined ? '' : `.${String(nanoseconds).padStart(9, '0')}`
}
