import { safeText } from '../../../core/safe-text.ts'
import type { Color } from '../../shared/colors.ts'
import { countText } from '../../shared/quantity-text.ts'
import { type Line, padText, type Span, span } from '../line.ts'
import { sparkline } from '../meters.ts'

const LABEL_COLUMNS = 10

/** A name and its values with gaps between: `Requests  210/s   1.2 % failed`. */
export function summaryLine(label: string, ...parts: readonly (Span | Line | string)[]): Line {
  const spans: Span[] = [span(padText(label, LABEL_COLUMNS), 'dim')]
  parts.forEach((part, i) => {
    if (i > 0) spans.push(span('   '))
    if (typeof part === 'string') spans.push(span(part))
    else if ('text' in part) spans.push(part)
    else spans.push(...part)
  })
  return spans
}

/** A number that is coloured unless it is 0. */
export function shouldBeNone(count: number, what: string, color: Color = 'red', text = countText(count)): Span {
  return span(`${text} ${what}`, count > 0 ? color : undefined)
}

/** `12 back-off   3 quota`, the most frequent first; undefined without counts. */
export function countsLine(label: string, counts: Readonly<Record<string, number>>, color?: Color): Line[] {
  const parts = Object.entries(counts)
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
    .map(([name, count]) => span(`${countText(count)} ${safeText(name, 60)}`, color))
  return parts.length === 0 ? [] : [summaryLine(label, ...parts)]
}

/** A curve of the logs of the last seconds, one column per second, the newest on the right. */
export function curveLine(logsBySecond: readonly number[], columns: number): Line[] {
  const curve = sparkline(logsBySecond, columns - LABEL_COLUMNS)
  return curve === '' ? [] : [[span(' '.repeat(LABEL_COLUMNS)), span(curve, 'green')]]
}
