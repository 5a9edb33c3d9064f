import { bytesText, clockText, countText } from '../shared/quantity-text.ts'

export interface Progress {
  readonly bytesRead: number
  /** Undefined if the size of an input is not known. */
  readonly totalBytes: number | undefined
  readonly delivered: number
  readonly failed: number
  /** Lines that are accepted but not delivered yet. */
  readonly underWay: number
  readonly retries: number
  readonly elapsedMs: number
}

const BAR_WIDTH = 20

/** A line for a terminal, at most `columns` wide: without the bar if that does not fit, then cut. */
export function progressLine(progress: Progress, columns: number): string {
  const { delivered, failed, underWay, retries, elapsedMs, totalBytes, bytesRead } = progress
  const perSecond = elapsedMs === 0 ? 0 : (delivered * 1000) / elapsedMs
  const parts = [
    totalBytes !== undefined && `${String(Math.floor(shareOf(bytesRead, totalBytes) * 100)).padStart(3)} %`,
    totalBytes === undefined ? bytesText(bytesRead) : `${bytesText(bytesRead)} of ${bytesText(totalBytes)}`,
    `${countText(perSecond)} lines/s`,
    remaining(progress),
    failed > 0 && `${countText(failed)} failed`,
    retries > 0 && `${countText(retries)} retries`,
    `${countText(delivered)} delivered`,
    `${countText(underWay)} under way`,
  ]
  const text = parts.filter((part) => typeof part === 'string').join('  ')
  const width = Math.max(0, columns - 1)
  const barred = totalBytes === undefined ? text : `${bar(shareOf(bytesRead, totalBytes))} ${text}`
  return (barred.length <= width ? barred : text).slice(0, width)
}

function bar(share: number): string {
  const filled = Math.floor(share * BAR_WIDTH)
  return `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`
}

function remaining({ bytesRead, totalBytes, elapsedMs }: Progress): string | undefined {
  if (totalBytes === undefined || bytesRead === 0 || bytesRead >= totalBytes) return undefined
  return `${clockText((elapsedMs * (totalBytes - bytesRead)) / bytesRead / 1000)} left`
}

/** At most 1, because a file may grow while it is read. */
function shareOf(bytesRead: number, totalBytes: number): number {
  return totalBytes === 0 ? 1 : Math.min(1, bytesRead / totalBytes)
}
