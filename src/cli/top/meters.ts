import { bytesText, clockText, countText } from '../shared/quantity-text.ts'
import type { Line } from './line.ts'
import { span } from './line.ts'

/** Shown for an unknown value: a rate needs two readings. */
const UNKNOWN = '-'

/** `12,345/s`; below ten with one decimal. */
export function rateText(perSecond: number | undefined): string {
  if (perSecond === undefined) return UNKNOWN
  const isSmall = perSecond > 0 && perSecond < 9.95
  return `${isSmall ? perSecond.toFixed(1) : countText(perSecond)}/s`
}

/** `1.2 MB/s`. */
export function byteRateText(perSecond: number | undefined): string {
  return perSecond === undefined ? UNKNOWN : `${bytesText(Math.round(perSecond))}/s`
}

/** `3 ms`, `850 ms`, `2.0 s`, `1:05`, `3:00:00`. */
export function durationText(ms: number | undefined): string {
  if (ms === undefined) return UNKNOWN
  if (ms < 1000) return `${ms > 0 && ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return clockText(ms / 1000)
}

export function percentText(share: number): string {
  return `${share > 0 && share < 0.0995 ? (share * 100).toFixed(1) : Math.round(share * 100)} %`
}

/** `[#####-----]`: green, from 60 % on yellow, from 85 % on red. */
export function bar(share: number, columns: number): Line {
  const cells = Math.max(0, columns - 2)
  const full = Math.min(cells, Math.max(share > 0 ? 1 : 0, Math.round(share * cells)))
  const color = share >= 0.85 ? 'red' : share >= 0.6 ? 'yellow' : 'green'
  return [span('['), span('#'.repeat(full), color), span('-'.repeat(cells - full), 'dim'), span(']')]
}

const STEPS = '▁▂▃▄▅▆▇█'

/** A curve of the newest values, in eighths of the highest one, with the newest on the right. */
export function sparkline(values: readonly number[], columns: number): string {
  const shown = values.slice(-Math.max(0, columns))
  const most = Math.max(...shown, 0)
  const stepOf = (value: number) => (most === 0 ? 0 : Math.round((value / most) * (STEPS.length - 1)))
  return shown.map((value) => STEPS[value > 0 ? Math.max(1, stepOf(value)) : 0]).join('')
}

const PLAIN: Readonly<Record<string, string>> = { '…': '~', '·': '-', '─': '-' }
const PLAIN_STEPS = '.:-=+*#@'

/** For a terminal without Unicode: replaces our own symbols by ASCII, and other characters by question marks. */
export function plainText(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => {
    const step = STEPS.indexOf(character)
    return PLAIN[character] ?? (step >= 0 ? (PLAIN_STEPS[step] as string) : '?')
  })
}

/** Decided by the locale, as other terminal programs do. */
export function hasUnicode(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (platform === 'win32' || platform === 'darwin') return true
  const { LC_ALL, LC_CTYPE, LANG } = environment
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}
