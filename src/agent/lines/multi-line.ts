import type { LineTable } from './line-table.ts'
import { type ContinuationRule, type MultiLinePreset, presetRule } from './multi-line-presets.ts'

/** Which lines are joined into one log: one of the patterns, or a preset. */
export interface MultiLineOptions {
  /** A line that matches begins a log. */
  readonly start?: string
  /** A line that matches belongs to the log before it. */
  readonly continuation?: string
  /** A line that matches ends its log. */
  readonly end?: string
  readonly preset?: MultiLinePreset
  /** Largest number of lines of a log. Default 1000. */
  readonly maxLines?: number
  /** A log also ends when nothing follows it for this time, in milliseconds. Default 2000. */
  readonly flushMs?: number
}

/** Patterns are matched against the first bytes of a line only. */
const MATCHED_BYTES = 1024

/** Joins lines of a table into logs. Has no state between chunks: an open log at the end of a chunk is passed again with the next one. */
export class MultiLine {
  readonly flushMs: number
  readonly #newRule: () => ContinuationRule
  readonly #endsLog: RegExp | undefined
  readonly #maxLines: number
  readonly #maxBytes: number

  constructor(options: MultiLineOptions, maxBytes: number) {
    this.flushMs = options.flushMs ?? 2000
    this.#maxLines = options.maxLines ?? 1000
    this.#maxBytes = maxBytes
    this.#endsLog = options.end === undefined ? undefined : new RegExp(options.end, 'u')
    this.#newRule = ruleOf(options)
  }

  /**
   * Joins the lines of `table`, in place. Returns the index of the first line of the open log at the end, which is removed from the table,
   * or -1 if no log is open. With `isFinal` the last log is complete.
   */
  join(buffer: Buffer, table: LineTable, isFinal: boolean): number {
    const { starts, ends, positions } = table
    const lines = table.count
    let logs = 0
    let firstLine = -1
    let linesInLog = 0
    let rule = this.#newRule()
    for (let line = 0; line < lines; line++) {
      const start = starts[line] as number
      const end = ends[line] as number
      const text = buffer.toString('utf8', start, Math.min(end, start + MATCHED_BYTES))
      const first = firstLine < 0 ? start : (starts[firstLine] as number)
      const hasRoom = linesInLog < this.#maxLines && end - first <= this.#maxBytes
      const joins = firstLine >= 0 && rule.continues(text) && hasRoom
      if (!joins) {
        if (firstLine >= 0) logs++
        firstLine = line
        linesInLog = 0
        rule = this.#newRule()
        rule.begins(text)
      }
      linesInLog++
      // `logs` is at most `line`, so that no unread line is overwritten.
      starts[logs] = joins ? first : start
      ends[logs] = end
      positions[logs] = joins ? (positions[logs] as number) : (positions[line] as number)
      if (this.#endsLog?.test(text)) {
        logs++
        firstLine = -1
      }
    }
    if (firstLine >= 0 && isFinal) {
      logs++
      firstLine = -1
    }
    table.count = logs
    return firstLine
  }
}

function ruleOf({ start, continuation, end, preset }: MultiLineOptions): () => ContinuationRule {
  if (preset !== undefined) return () => presetRule(preset)
  if (start !== undefined) return patternRule(new RegExp(start, 'u'), false)
  if (continuation !== undefined) return patternRule(new RegExp(continuation, 'u'), true)
  return () => (end === undefined ? { begins() {}, continues: () => false } : { begins() {}, continues: () => true })
}

function patternRule(pattern: RegExp, matchContinues: boolean): () => ContinuationRule {
  return () => ({ begins() {}, continues: (line) => pattern.test(line) === matchContinues })
}
