import { type FSWatcher, watch } from 'node:fs'
import { pathOfBytes, rawPath } from './raw-path.ts'

/**
 * Tells when something in some directories has moved; which files is for the reader to see. One watcher a directory, none a file. A
 * system that has none left, or a directory that cannot be watched, costs nothing but time: polling finds it all.
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

  /** From now on exactly these directories. */
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
      // Not there yet, or no watcher to be had: it is tried again with the next look.
    }
  }

  #remove(directory: string, watcher: FSWatcher): void {
    watcher.close()
    if (this.#watchers.get(directory) === watcher) this.#watchers.delete(directory)
  }
}
