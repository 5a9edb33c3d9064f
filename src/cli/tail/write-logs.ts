import { type TextOutput, writeText } from '../shared/text-output.ts'
import type { LogFormat, ReadLog } from './log-text.ts'

export interface WriteLogsOptions {
  readonly format: LogFormat
  /** Maximum number of logs. Default: no limit. */
  readonly limit?: number
}

/** Prints pages as fast as the output accepts them, until the pages end, the limit is reached or the output is closed. */
export async function writeLogs(
  pages: AsyncIterable<readonly ReadLog[]>,
  output: TextOutput,
  { format, limit = Number.POSITIVE_INFINITY }: WriteLogsOptions,
): Promise<void> {
  let left = limit
  for await (const page of pages) {
    const lines = page.map(format).filter((line) => line !== undefined)
    const shown = lines.slice(0, Math.min(lines.length, left))
    left -= shown.length
    if (shown.length > 0 && !(await writeText(output, `${shown.join('\n')}\n`))) return
    if (left === 0) return
  }
}
