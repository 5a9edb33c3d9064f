import { type FSWatcher, statSync, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { CancelTimer, Clock } from '../../core/clock.ts'

/** Editors write a file in several steps, and a mounted configuration is exchanged by links: it waits until nothing changes for this time. */
const QUIET_MS = 300

/**
 * Calls back when a file has changed. Its directory is watched, because the file itself may be replaced. Changes of other files in
 * the directory, such as logs, do not delay the call.
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
    // The directory cannot be watched: only SIGHUP reloads.
  }
  return () => {
    cancel?.()
    watcher?.close()
  }
}

/** Differs for different contents, without reading the file. Links are followed. */
function signatureOf(file: string): string {
  const stats = statSync(file, { bigint: true, throwIfNoEntry: false })
  return stats === undefined ? '' : [stats.dev, stats.ino, stats.size, stats.mtimeNs].join()
}
