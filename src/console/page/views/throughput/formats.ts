import { bytesText, countOf, shortCount } from '../../text/units.ts'

/** Formats of the values of a plot and its axis. */
export interface Format {
  readonly format: (value: number) => string
  readonly formatShort: (value: number) => string
}

/** @param one what is counted, such as `log` */
export const countsPerSecond = (one: string): Format => ({
  format: (value) => `${countOf(Math.round(value), one)}/s`,
  formatShort: shortCount,
})

export const bytesPerSecond: Format = { format: (value) => `${bytesText(value)}/s`, formatShort: bytesText }

export const bytes: Format = { format: bytesText, formatShort: bytesText }
