import type { ProducerError } from '../../core/errors.ts'
import type { ProducerMetrics } from '../../producer/observe/metrics.ts'
import { bytesText, countText } from '../shared/quantity-text.ts'
import { type LineRange, LineRanges } from './line-ranges.ts'

/** A line of an input; lines are counted from 1. */
export interface LinePlace {
  readonly input: string
  readonly line: number
}

/** The result for scripts. */
export interface SendSummary {
  /** Lines that the producer accepted: delivered + failed. */
  readonly accepted: number
  readonly delivered: number
  readonly failed: number
  /** Lines in the spool, including those of earlier runs: the next run with this directory sends them. */
  readonly spooled?: number
  /** Lines that are not valid logs: not JSON, too long, or without the time field. */
  readonly bad: number
  /** Bytes that were read. */
  readonly bytes: number
  readonly retries: number
  readonly seconds: number
  /** Failed lines by error code: that of the service, or of this package if the service gave none. */
  readonly errors: Readonly<Record<string, number>>
  /** The failed lines; only the first 1000 ranges. */
  readonly failedLines: readonly LineRange[]
  /** After an interruption or a read error: the first line that was not sent. */
  readonly next?: LinePlace
}

const MOST_BAD_LINES_TOLD = 10

/** Counts lines and remembers which ones failed, which the producer cannot know. Prints the first failure of each kind and the first bad lines. */
export class SendReport {
  bytesRead = 0
  next: LinePlace | undefined
  #bad = 0
  readonly #errors = new Map<string, number>()
  readonly #failedLines = new LineRanges()
  readonly #retries = new Set<string>()
  /** Why nothing more is sent, if the credentials were refused. */
  #refused: ProducerError | undefined
  readonly #say: (message: string) => void
  readonly #tellsBadLines: boolean

  constructor(say: (message: string) => void, { skipBad }: { readonly skipBad: boolean }) {
    this.#say = say
    this.#tellsBadLines = !skipBad
  }

  get badLines(): number {
    return this.#bad
  }

  badLine(place: LinePlace, reason: string): void {
    this.#bad++
    if (!this.#tellsBadLines || this.#bad > MOST_BAD_LINES_TOLD) return
    this.#say(`loghub: ${place.input}:${place.line}: ${reason}`)
    if (this.#bad === MOST_BAD_LINES_TOLD) this.#say('loghub: further bad lines are only counted')
  }

  failedLine(place: LinePlace, error: ProducerError): void {
    // It is in the spool: not delivered by this run, but not lost.
    if (error.code === 'ERR_LOGHUB_SPOOLED') return
    // The producer was closed because of that error, so that error is the reason.
    const isTold = this.#refused !== undefined && error.code === 'ERR_LOGHUB_CLOSED'
    const code = codeOf(isTold ? (this.#refused as ProducerError) : error)
    const count = this.#errors.get(code) ?? 0
    this.#errors.set(code, count + 1)
    this.#failedLines.add(place.input, place.line)
    if (count === 0 && !isTold) this.#say(`loghub: ${place.input}:${place.line}: not delivered: ${error.message}`)
  }

  /** The service refuses every request: all lines that are not delivered fail with this error. */
  refused(error: ProducerError): void {
    this.#refused = error
    this.#say(`loghub: the keys are refused, so nothing more is sent: ${error.message}`)
  }

  /** Retries can take minutes, so each reason is printed once. */
  retried(error: ProducerError): void {
    const code = codeOf(error)
    if (this.#retries.has(code)) return
    this.#retries.add(code)
    this.#say(`loghub: trying again: ${error.message}`)
  }

  summary({ logs, requests, spool }: ProducerMetrics, elapsedMs: number): SendSummary {
    return {
      accepted: logs.accepted,
      delivered: logs.delivered,
      failed: logs.failed,
      ...(spool !== undefined && { spooled: logs.onDisk }),
      bad: this.#bad,
      bytes: this.bytesRead,
      retries: sumOf(requests.retriesByReason),
      seconds: Math.round(elapsedMs) / 1000,
      errors: Object.fromEntries(this.#errors),
      failedLines: this.#failedLines.toJSON(),
      ...(this.next !== undefined && { next: this.next }),
    }
  }
}

export function sumOf(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0)
}

/** The summary as text. */
export function summaryText(summary: SendSummary): string {
  const { accepted, delivered, failed, bad, bytes, retries, seconds, next, spooled = 0 } = summary
  const parts = [
    `${countText(delivered)} of ${countText(accepted)} lines delivered`,
    `${bytesText(bytes)} in ${seconds} s`,
    failed > 0 && `${countText(failed)} not delivered`,
    spooled > 0 && `${countText(spooled)} kept in the spool`,
    bad > 0 && `${countText(bad)} bad`,
    retries > 0 && `${countText(retries)} retries`,
    next !== undefined && `nothing was sent from ${next.input}:${next.line} on`,
  ]
  return parts.filter((part) => typeof part === 'string').join(', ')
}

function codeOf(error: ProducerError): string {
  return (error as { serverCode?: string }).serverCode ?? error.code
}
