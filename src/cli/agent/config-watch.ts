import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { CancelTimer, Clock } from '../../core/clock.ts'

/** Editors write a file in several steps, and a mounted configuration is swapped by links: what counts is that it is quiet again. */
const QUIET_MS = 300

/**
 * Tells when a file has changed. Its directory is watched, since the file itself may be replaced; how often others in there change, such
 * as logs that are written beside it, does not matter.
 */
export function watchConfig(file: string, clock: Clock, onChange: () => void): () => void {
  let told = signatureOf(file)
  let seen = told
  let cancel: CancelTimer | undefined
  let watcher: FSWatcher | undefined
  const lookLater = () => {
    seen = signatureOf(file)
    cancel = seen === told ? undefined : clock.setTimer(look, QUIET_MS)
  }
  const look = () => {
    const isQuiet = signatureOf(file) === seen
    if (!isQuiet) return lookLater()
    cancel = undefined
    told = seen
    onChange()
  }
  try {
    watcher = watch(dirname(file) || '.', { persistent: false }, () => cancel ?? lookLater())
    watcher.on('error', () => watcher?.close())
  } catch {
    // Nothing to watch with: SIGHUP is left.
  }
  return () => {
    cancel?.()
    watcher?.close()
  }
}

/** What tells one content from another without reading it; links are followed. */
function signatureOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs].join()
}
