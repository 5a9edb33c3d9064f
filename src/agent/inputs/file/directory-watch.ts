import { type FSWatcher, watch } from 'node:fs'
import { pathOfBytes, rawPath } from './raw-path.ts'

/**
 * Reports that something in some directories has changed. There is one watcher for each directory and none for a file. If the system has
 * no watcher left, or a directory cannot be watched, changes are found later, by polling.
 */
export class DirectoryWatch {
  readonly #onChange: (path: string | undefined) => void
  readonly #watchers = new Map<string, FSWatcher>()

  constructor(onChange: (path: string | undefined) => void) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#watchers.size
  }

  /** Watches exactly these directories from now on. */
  set(directories: ReadonlySet<string>): void {
    for (const [directory, watcher] of this.#watchers) if (!directories.has(directory)) this.#remove(directory, watcher)
    for (const directory of directories) if (!this.#watchers.has(directory)) this.#add(directory)
  }

  close(): void {
    this.set(new Set())
  }

  #add(directory: string): void {
    try {
      const watcher = watch(rawPath(directory), { persistent: false, encoding: 'buffer' }, (_, name) =>
        this.#onChange(name === null ? undefined : `${directory}/${pathOfBytes(name)}`),
      )
      watcher.on('error', () => this.#remove(directory, watcher))
      this.#watchers.set(directory, watcher)
    } catch {
      // It does not exist yet, or there is no watcher left: the next scan tries again.
    }
  }

  #remove(directory: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watchers.get(directory) === watcher) this.#watchers.delete(directory)
  }
}
