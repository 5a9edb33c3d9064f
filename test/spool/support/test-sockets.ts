import type { Knock, OwnerSocket, OwnerSockets, WatchEnd } from '../../../src/spool/owner-sockets.ts'
import type { FaultyFiles } from './faulty-files.ts'

interface Listening {
  readonly onWatcherGone: () => void
  readonly watchers: Set<Watcher>
}

interface Watcher {
  readonly process: TestSockets
  readonly onEnd: (end: WatchEnd) => void
}

/** The sockets of all processes of a test. */
export class SocketWorld {
  readonly listening = new Map<string, Listening>()
  readonly #files: () => FaultyFiles

  /** Their names are in the directories of this disk. */
  constructor(files: () => FaultyFiles) {
    this.#files = files
  }

  /** The sockets of one process. */
  process(): TestSockets {
    return new TestSockets(this, this.#files)
  }
}

export class TestSockets implements OwnerSockets {
  readonly #world: SocketWorld
  readonly #files: () => FaultyFiles
  readonly #own = new Set<string>()
  isDead = false

  constructor(world: SocketWorld, files: () => FaultyFiles) {
    this.#world = world
    this.#files = files
  }

  /** The kernel closes what the process had open. */
  die(): void {
    this.isDead = true
    for (const address of this.#own) this.#close(address)
    for (const listening of this.#world.listening.values()) {
      for (const watcher of listening.watchers) if (watcher.process === this) hangUp(listening, watcher)
    }
  }

  async listen(path: string, onWatcherGone: () => void): Promise<OwnerSocket | 'in use'> {
    // The dead do nothing more.
    if (this.isDead) await new Promise(() => {})
    if (this.#files().paths.includes(path)) return 'in use'
    const tell = () => this.isDead || onWatcherGone()
    this.#world.listening.set(path, { onWatcherGone: tell, watchers: new Set() })
    this.#own.add(path)
    this.#files().overwrite(path, Buffer.alloc(0))
    return { address: path, close: async () => this.#close(path) }
  }

  async knock(address: string): Promise<Knock> {
    return this.#world.listening.has(address) ? 'alive' : 'dead'
  }

  watch(address: string, onEnd: (end: WatchEnd) => void): () => void {
    const watcher: Watcher = { process: this, onEnd: (end) => this.isDead || onEnd(end) }
    const listening = this.#world.listening.get(address)
    if (listening === undefined) queueMicrotask(() => watcher.onEnd('gone'))
    else listening.watchers.add(watcher)
    return () => listening && hangUp(listening, watcher)
  }

  #close(address: string): void {
    const listening = this.#world.listening.get(address)
    this.#world.listening.delete(address)
    for (const { onEnd } of listening?.watchers ?? []) queueMicrotask(() => onEnd('gone'))
    listening?.watchers.clear()
  }
}

function hangUp(listening: Listening, watcher: Watcher): void {
  if (listening.watchers.delete(watcher)) queueMicrotask(listening.onWatcherGone)
}
