import { decodeKept, keyOf } from '../../producer/keep/batch-codec.ts'
import { decodeLogGroup } from '../../sls/wire/decode-log-group.ts'
import { decompress } from '../../sls/wire/decompression.ts'
import { SpoolReader, type SpoolRecord } from '../../spool/index.ts'
import { EXIT } from '../shared/exit-code.ts'
import { tolerateBrokenPipe, writeText } from '../shared/text-output.ts'
import { requireSpool } from './require-spool.ts'

/** Prints every log that is not settled as a JSON object on a line of its own. The exit code is 1 if a batch could not be read. */
export async function exportSpool(directory: string): Promise<number> {
  await requireSpool(directory)
  tolerateBrokenPipe(process.stdout)
  const reader = new SpoolReader({ directory })
  let unreadable = 0
  let newer = 0
  for (const slot of await reader.slots()) {
    if (await reader.isNewer(slot)) {
      newer++
      continue
    }
    for await (const record of reader.records(slot)) {
      const lines = await linesOf(record).catch(() => undefined)
      if (lines === undefined) unreadable++
      else if (!(await writeText(process.stdout, lines))) return EXIT.ok
    }
  }
  if (unreadable > 0) process.stderr.write(`loghub: ${unreadable} batches could not be read\n`)
  if (newer > 0)
    process.stderr.write(`loghub: ${newer} slots were written by a newer release and are skipped; update first\n`)
  return unreadable + newer > 0 ? EXIT.failed : EXIT.ok
}

async function linesOf({ group, body }: SpoolRecord): Promise<string | undefined> {
  const [key, kept] = [keyOf(group), decodeKept(body)]
  if (key === undefined || kept === undefined) return undefined
  const { bytes, compression, rawSizeInBytes } = kept.payload
  const { topic, source, tags, logs } = decodeLogGroup(await decompress(bytes, compression, rawSizeInBytes))
  const head = { project: key.project, logstore: key.logstore, topic, source, tags: Object.fromEntries(tags) }
  return logs
    .map(({ time, nanoseconds, contents }) => {
      const log = {
        ...head,
        time,
        ...(nanoseconds !== undefined && { nanoseconds }),
        contents: Object.fromEntries(contents),
      }
      return `${JSON.stringify(log)}\n`
    })
    .join('')
}
