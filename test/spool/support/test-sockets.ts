import type { Knock, OwnerSocket, OwnerSockets } from '../../../src/spool/owner-sockets.ts'

/** The sockets of all processes of a test. */
export class SocketWorld {
  readonly listening = new Map<string, Set<() => void>>()

  /** The sockets of one process. */
  process(): TestSockets {
    return new TestSockets(this)
  }
}

export class TestSockets implements OwnerSockets {
  readonly #world: SocketWorld
  readonly #own = new Set<string>()
  isDead = false

  constructor(world: SocketWorld) {
    this.#world = world
  }

  /** The kernel closes what the process had open. */
  die(): void {
    this.isDead = true
    for (const address of this.#own) this.#close(address)
  }

  async listen(path: string): Promise<OwnerSocket> {
    this.#world.listening.set(path, new Set())
    this.#own.add(path)
    return { address: path, close: async () => this.#close(path) }
  }

  async knock(address: string): Promise<Knock> {
    return this.#world.listening.has(address) ? 'alive' : 'dead'
  }

  watch(address: string, onGone: () => void): () => void {
    const tell = () => {
      if (!this.isDead) onGone()
    }
    this.#world.listening.get(address)?.add(tell)
    return () => void this.#world.listening.get(address)?.delete(tell)
  }

  #close(address: string): void {
    const watchers = this.#world.listening.get(address)
    this.#world.listening.delete(address)
    for (const tell of watchers ?? []) queueMicrotask(tell)
  }
}
