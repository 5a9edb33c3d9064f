import { safeText } from '../../../core/safe-text.ts'
import type { Color } from '../../shared/colors.ts'
import { countText } from '../../shared/quantity-text.ts'
import type { Section } from '../frame.ts'
import { type Line, span } from '../line.ts'
import { durationText, rateText } from '../meters.ts'
import type { Rates } from '../rates.ts'
import type { InputFigures } from '../reading.ts'
import { type Cell, type Column, table } from '../table.ts'
import { shouldBeNone, summaryLine } from './summary.ts'

const COLUMNS: readonly Column[] = [
  { title: 'INPUT', atLeast: 12 },
  { title: 'TYPE', atLeast: 6 },
  { title: 'STATE' },
  { title: 'READS', align: 'right' },
  { title: 'DELIVERS', align: 'right' },
  { title: 'WAITING', align: 'right' },
  { title: 'FAILED', align: 'right' },
  { title: 'LAST ERROR', atLeast: 16 },
  { title: 'DROPPED', align: 'right' },
  { title: 'SAVED', align: 'right' },
  { title: 'RESTARTS', align: 'right' },
]

/** The number of inputs, and whether they are healthy. */
export function inputsSummary({ ok, inputs, leftBehind }: InputFigures): Line {
  const running = inputs.filter(({ state }) => state === 'running').length
  const bad = inputs.filter((input) => input.ok === false).length
  return summaryLine(
    'Inputs',
    `${countText(running)} of ${countText(inputs.length)} run`,
    bad === 0 ? span('all well', 'green') : span(`${countText(bad)} not well`, ok ? 'yellow' : 'red'),
    ...(leftBehind > 0 ? [shouldBeNone(leftBehind, 'did not end when they were removed', 'yellow')] : []),
  )
}

/** One line per input; inputs with problems come first. */
export function inputsSection({ inputs }: InputFigures, rates: Rates, columns: number): Section {
  const sorted = [...inputs].sort((a, b) => Number(a.ok ?? true) - Number(b.ok ?? true))
  const rows = sorted.map(({ id, type, state, ok, counts, restarts, checkpointAgeMs, reason, lastError }): Cell[] => {
    const rate = (counter: 'logs' | 'delivered') =>
      rateText(rates.of((reading) => reading.inputs?.inputs.find((input) => input.id === id)?.counts[counter]))
    return [
      safeText(id),
      safeText(type),
      span(state, stateColor(state, ok)),
      rate('logs'),
      rate('delivered'),
      countText(counts.inFlightLogs),
      numberCell(counts.failed, 'red'),
      safeText(reason ?? lastError ?? ''),
      numberCell(counts.dropped, 'red'),
      checkpointAgeMs === undefined ? '' : durationText(checkpointAgeMs),
      numberCell(restarts, 'yellow'),
    ]
  })
  const [head = [], ...lines] = table(COLUMNS, rows, columns)
  return { head, rows: lines }
}

function numberCell(count: number, color: Color): Cell {
  return span(countText(count), count > 0 ? color : undefined)
}

function stateColor(state: string, ok = true): Color | undefined {
  if (!ok) return 'red'
  return state === 'running' ? 'green' : undefined
}
