import { safeText } from '../../core/safe-text.ts'
import { ends, type View } from './frame.ts'
import { type Line, span } from './line.ts'
import { durationText } from './meters.ts'
import { Rates } from './rates.ts'
import type { Reading } from './reading.ts'
import { emulatorSections, emulatorSummary } from './views/emulator-view.ts'
import { inputsSection, inputsSummary } from './views/inputs-view.ts'
import { producerSections, producerSummary } from './views/producer-view.ts'

/** What to show: the last reading, the one before it, and problems since then. */
export interface Moment {
  readonly url: string
  readonly now: Reading
  readonly before: Reading | undefined
  /** Time since the last answer, and why there is none; undefined while the program answers. */
  readonly silence: { readonly sinceMs: number; readonly why: string } | undefined
  /** Other programs that could be shown. */
  readonly others: readonly string[]
}

/** The content of the screen. */
export function viewOf(moment: Moment, columns: number): View {
  const { now, before, silence } = moment
  const rates = new Rates(now, before)
  const { producer, inputs, emulator } = now
  return {
    title: titleOf(moment, columns),
    notice: silence && noticeOf(silence),
    summary: [
      ...(inputs === undefined ? [] : [inputsSummary(inputs)]),
      ...producerSummary(now, rates, columns),
      ...(emulator === undefined ? [] : emulatorSummary(now, emulator, rates, columns)),
    ],
    sections: [
      ...(inputs === undefined ? [] : [inputsSection(inputs, rates, columns)]),
      ...producerSections(producer, rates, columns),
      ...(emulator === undefined ? [] : emulatorSections(now, emulator, rates, columns)),
    ],
    footer: footerOf(moment, columns),
  }
}

function titleOf({ now, url }: Moment, columns: number): Line {
  const { kind, name, pid, startedAt, time } = now.about
  // The names of the emulator and the agent give no information: they are programs of this package.
  const what = kind === 'producer' ? `producer ${safeText(name, 40)}` : kind
  const left = [span(what, 'bold'), span(`  up ${durationText(Math.max(0, time - startedAt))}`)]
  return ends(left, [span(`pid ${pid}  ${url.replace(/^http:\/\//, '')}`, 'dim')], columns)
}

function noticeOf({ sinceMs, why }: NonNullable<Moment['silence']>): Line {
  return [span(`No answer for ${durationText(sinceMs)}, trying again: ${why}`, 'red')]
}

function footerOf({ others, now }: Moment, columns: number): Line {
  const also = others.length === 0 ? [] : [span(`   also here: ${others.join(', ')}`, 'dim')]
  return ends([span('q quits', 'dim'), ...also], [span(`version ${safeText(now.about.version, 20)}`, 'dim')], columns)
}
