import type { Writer } from '../../producer/accept/writer.ts'
import type { LinesSettled } from '../../producer/sends/line-send.ts'
import type { LineOrigins } from '../../producer/sends/origin.ts'
import type { Lines } from '../../sls/wire/line-logs.ts'
import type { LogBuffer } from '../../sls/wire/log-buffer.ts'

/** The part of a producer's writer that takes bytes. */
export type ByteTarget = Pick<Writer, 'appendLines' | 'appendLogs'>

/** The rest of a list of lines or logs. They are written from the front, as many at a time as there is room for. */
export interface Unwritten {
  readonly count: number
  /** Approximate size of their lines in bytes. */
  readonly bytes: number
  /** Returns how many were taken. They are numbered from the first of those that were left. */
  appendTo(target: ByteTarget, settled: LinesSettled, origins: LineOrigins | undefined): number
}

export class UnwrittenLines implements Unwritten {
  #lines: Lines

  constructor(lines: Lines) {
    this.#lines = lines
  }

  get count(): number {
    return this.#lines.count
  }

  get bytes(): number {
    const { starts, ends, count } = this.#lines
    // Between the lines there are only line ends.
    return count === 0 ? 0 : (ends[count - 1] as number) - (starts[0] as number)
  }

  appendTo(target: ByteTarget, settled: LinesSettled, origins: LineOrigins | undefined): number {
    const taken = target.appendLines(this.#lines, settled, origins)
    if (taken > 0) this.#lines = withoutFirst(this.#lines, taken)
    return taken
  }
}

export class UnwrittenLogs implements Unwritten {
  readonly #logs: LogBuffer
  #bytes: number

  /** @param bytes size of the lines of all of them */
  constructor(logs: LogBuffer, bytes: number) {
    this.#logs = logs
    this.#bytes = bytes
  }

  get count(): number {
    return this.#logs.count
  }

  get bytes(): number {
    return this.#bytes
  }

  appendTo(target: ByteTarget, settled: LinesSettled, origins: LineOrigins | undefined): number {
    const { count } = this.#logs
    const taken = target.appendLogs(this.#logs, settled, origins)
    this.#logs.drop(taken)
    this.#bytes = Math.floor((this.#bytes * (count - taken)) / count)
    return taken
  }
}

function withoutFirst(lines: Lines, count: number): Lines {
  const rest = (list: ArrayLike<number>) => Array.prototype.slice.call(list, count, lines.count) as number[]
  if (count === lines.count) return { ...lines, count: 0 }
  return { ...lines, starts: rest(lines.starts), ends: rest(lines.ends), count: lines.count - count }
}
