import { bytesText, clockText, countText } from './quantity-text.ts'

export interface Progress {
  readonly bytesRead: number
  /** Undefined where an input has no known size. */
  readonly totalBytes: number | undefined
  readonly delivered: number
  readonly failed: number
  /** Accepted, and without a verdict yet. */
  readonly underWay: number
  readonly retries: number
  readonly elapsedMs: number
}

const BAR_WIDTH = 20

/** One line for a terminal, never wider than `columns`. */
export function progressLine(progress: Progress, columns: number): string {
  const { delivered, failed, underWay, retries, elapsedMs } = progress
  const perSecond = elapsedMs === 0 ? 0 : (delivered * 1000) / elapsedMs
  const parts = [
    ...readingParts(progress),
    `${countText(delivered)} lines, ${countText(perSecond)}/s`,
    `${countText(underWay)} under way`,
    retries > 0 && `${countText(retries)} retries`,
    failed > 0 && `${countText(failed)} failed`,
    remaining(progress),
  ]
  const line = parts.filter((part) => typeof part === 'string').join('  ')
  return line.slice(0, Math.max(0, columns - 1))
}

function readingParts({ bytesRead, totalBytes }: Progress): string[] {
  if (totalBytes === undefined) return [bytesText(bytesRead)]
  const share = shareOf(bytesRead, totalBytes)
  const filled = Math.floor(share * BAR_WIDTH)
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR_WIDTH - filled)}]`
  const percent = `${String(Math.floor(share * 100)).padStart(3)} %`
  return [`${bar} ${percent}`, `${bytesText(bytesRead)} of ${bytesText(totalBytes)}`]
}

function remaining({ bytesRead, totalBytes, elapsedMs }: Progress): string | undefined {
  if (totalBytes === undefined || bytesRead === 0 || bytesRead >= totalBytes) return undefined
  return `${clockText((elapsedMs * (totalBytes - bytesRead)) / bytesRead / 1000)} left`
}

/** A file may grow while it is read. */
function shareOf(bytesRead: number, totalBytes: number): number {
  return totalBytes === 0 ? 1 : Math.min(1, bytesRead / totalBytes)
}
