import type { ByteSource } from '../../../sls/wire/byte-source.ts'
import type { LogBuffer } from '../../../sls/wire/log-buffer.ts'

/** Reads logs out of the bytes of lines. What it reads is what the parser of the same name makes of the text: it is only faster. */
export interface ByteParser {
  /**
   * Adds the log of the line `source.bytes[start..end)`, which is UTF-8, to `logs`. False, and nothing is added, for a line that is not of the
   * usual kind: it is read as text.
   */
  read(source: ByteSource, start: number, end: number, logs: LogBuffer, nowMs: number): boolean
}
