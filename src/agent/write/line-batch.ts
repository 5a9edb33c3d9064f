import type { SendCallback } from '../../producer/sends/callback-send.ts'

/** Lines in a buffer, each to become a log of one field. The bytes are UTF-8, and are copied before the call returns. */
export interface LineBatch {
  readonly buffer: Buffer
  readonly starts: ArrayLike<number>
  /** Where each line ends, its line feed not included. */
  readonly ends: ArrayLike<number>
  readonly count: number
  /** The time of all the logs, in epoch milliseconds. */
  readonly timeMs: number
  /** The name of the field. Default `content`. */
  readonly key?: string
}

/** Tells of lines by their place in the batch. */
export type LinesSettled = (
  error: Parameters<SendCallback>[0],
  result: Parameters<SendCallback>[1],
  firstLine: number,
  lineCount: number,
) => void
