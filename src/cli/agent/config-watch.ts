import { type FSWatcher, watch } from 'node:fs'
import { dirname } from 'node:path'
import type { CancelTimer, Clock } from '../../core/clock.ts'

/** Editors write a file in several steps, and a mounted configuration is swapped by links: what counts is that it is quiet again. */
const QUIET_MS = 300

/** Tells when something in the directory of a file has changed; whether the file has, its reader sees. */
export function watchConfig(file: string, clock: Clock, onChange: () => void): () => void {
  let cancel: CancelTimer | undefined
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(file) || '.', { persistent: false }, () => {
      cancel?.()
      cancel = clock.setTimer(onChange, QUIET_MS)
    })
    watcher.on('error', () => watcher?.close())
  } catch {
    // Nothing to watch with: SIGHUP is left.
  }
  return () => {
    cancel?.()
    watcher?.close()
  }
}
