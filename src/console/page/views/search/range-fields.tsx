import { inputSeconds, inputText } from '../../text/times.ts'
import { LAST_SECONDS, type Range, rangeOf, rangeText } from './range.ts'

interface RangeFieldsProps {
  readonly range: Range
  /** The last range that was searched: the initial value for a range between two times. */
  readonly seen: { readonly from: number; readonly to: number }
  readonly onChange: (range: Range) => void
}

export function RangeSelect({ range, seen, onChange }: RangeFieldsProps) {
  const onSelect = (text: string) => onChange(text === 'between' ? { kind: 'between', ...seen } : rangeOf(text))
  return (
    <label class="field">
      <span class="hidden">Time range</span>
      <select
        value={range.kind === 'between' ? 'between' : rangeText(range)}
        onChange={(event) => onSelect(event.currentTarget.value)}
      >
        {LAST_SECONDS.map(([seconds, text]) => (
          <option key={seconds} value={seconds}>
            {text}
          </option>
        ))}
        <option value="all">All time</option>
        <option value="between">Between…</option>
      </select>
    </label>
  )
}

/** Two fields for a range between two times. */
export function BetweenFields({ range, onChange }: Pick<RangeFieldsProps, 'range' | 'onChange'>) {
  if (range.kind !== 'between') return null
  const set = (name: 'from' | 'to', text: string) => {
    const seconds = inputSeconds(text)
    if (seconds !== undefined) onChange({ ...range, [name]: seconds })
  }
  return (
    <div class="toolbar">
      {(['from', 'to'] as const).map((name) => (
        <label key={name} class="field inline">
          <span>{name === 'from' ? 'From' : 'To'}</span>
          <input
            type="datetime-local"
            step={1}
            value={inputText(range[name])}
            onChange={(event) => set(name, event.currentTarget.value)}
          />
        </label>
      ))}
    </div>
  )
}
