import type { SpoolFile, SpoolFiles } from './files.ts'

const MOST_OPEN = 16

interface Opened {
  readonly file: Promise<SpoolFile>
  users: number
}

/** Keeps files open that are read or that settlements are added to: replay reads from few segments at a time. */
export class OpenFiles {
  readonly #files: SpoolFiles
  readonly #opened = new Map<string, Opened>()

  constructor(files: SpoolFiles) {
    this.#files = files
  }

  async use<T>(path: string, work: (file: SpoolFile) => Promise<T>): Promise<T> {
    const opened = this.#opened.get(path) ?? { file: this.#files.open(path), users: 0 }
    // The map is in the order of use, the most recently used file last.
    this.#opened.delete(path)
    this.#opened.set(path, opened)
    opened.users++
    try {
      return await work(await opened.file)
    } catch (error) {
      if (this.#opened.get(path) === opened) this.#opened.delete(path)
      throw error
    } finally {
      opened.users--
      if (opened.users === 0 && this.#opened.get(path) !== opened) void closeQuietly(opened)
      this.#closeSome(MOST_OPEN)
    }
  }

  /** Must be called before a file is removed: Windows cannot remove an open file. */
  async close(path: string): Promise<void> {
    const opened = this.#opened.get(path)
    if (opened === undefined) return
    this.#opened.delete(path)
    if (opened.users === 0) await closeQuietly(opened)
  }

  async closeAll(): Promise<void> {
    const all = [...this.#opened.values()]
    this.#opened.clear()
    await Promise.all(all.map(closeQuietly))
  }

  #closeSome(most: number): void {
    for (const [path, opened] of this.#opened) {
      if (this.#opened.size <= most) return
      if (opened.users > 0) continue
      this.#opened.delete(path)
      void closeQuietly(opened)
    }
  }
}

async function closeQuietly({ file }: Opened): Promise<void> {
  await file.then((opened) => opened.close()).catch(() => {})
}
