import { join } from 'node:path'
import { ProducerError } from '../core/errors.ts'
import { FORMAT_VERSION } from './checked.ts'
import { readWhole, type SpoolFiles, systemCode } from './files.ts'

/**
 * Reads the format version of a directory, and writes it if there is none.
 * @throws {ProducerError} `ERR_LOGHUB_SPOOL_CORRUPT` if a newer release wrote the directory
 */
export async function checkFormat(files: SpoolFiles, directory: string): Promise<void> {
  const path = join(directory, 'format')
  const text = (await readWhole(files, path)).toString('latin1')
  const version = /^loghub-spool (\d+)/.exec(text)?.[1]
  if (version !== undefined && Number(version) > FORMAT_VERSION) {
    throw new ProducerError(
      'ERR_LOGHUB_SPOOL_CORRUPT',
      `${directory} was written by a newer release (format ${version}, this one reads ${FORMAT_VERSION}): update, or name another directory`,
    )
  }
  if (version !== undefined) return
  try {
    const file = text === '' ? await files.create(path) : await files.open(path)
    await file.write([Buffer.from(`loghub-spool ${FORMAT_VERSION}\n`)], 0).finally(() => file.close())
  } catch (error) {
    // Another process was faster, or the disk is full: its absence harms nothing.
    if (systemCode(error) === 'EACCES') throw error
  }
}
