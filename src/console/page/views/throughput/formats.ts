import { bytesText, countText, shortCount } from '../../text/units.ts'

/** How the values of a plot and its axis are written. */
export interface Format {
  readonly format: (value: number) => string
  readonly formatShort: (value: number) => string
}

export const countsPerSecond = (many: string): Format => ({
  format: (value) => `${countText(value)} ${many}/s`,
  formatShort: shortCount,
})

export const bytesPerSecond: Format = { format: (value) => `${bytesText(value)}/s`, formatShort: bytesText }

export const bytes: Format = { format: bytesText, formatShort: bytesText }
