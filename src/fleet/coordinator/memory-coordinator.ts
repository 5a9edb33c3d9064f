import type { Change, Coordinator, Entry, Table } from './coordinator.ts'

/** A coordinator in memory, for agents in one process and for tests. Each agent has its own: `new MemoryCoordinator(first)` shares tables. */
export class MemoryCoordinator implements Coordinator {
  readonly members: Coordinator['members']
  readonly specs: Coordinator['specs']
  readonly owners: Coordinator['owners']
  readonly checkpoints: Coordinator['checkpoints']
  readonly #stops = new Set<() => void>()

  /** @param shared the coordinator whose tables to share. Default: new tables */
  constructor(shared?: MemoryCoordinator) {
    this.members = this.#table(shared?.members)
    this.specs = this.#table(shared?.specs)
    this.owners = this.#table(shared?.owners)
    this.checkpoints = this.#table(shared?.checkpoints)
  }

  async close(): Promise<void> {
    for (const stop of this.#stops) stop()
  }

  #table<T>(shared: Table<T> | undefined): Table<T> {
    const state = shared instanceof MemoryTable ? (shared as MemoryTable<T>).state : new TableState<T>()
    return new MemoryTable(state, this.#stops)
  }
}

/** One counter gives the revisions of all keys, so that a revision never goes back, also after a removal. */
class TableState<T> {
  readonly entries = new Map<string, Entry<T>>()
  readonly listeners = new Set<(change: Change<T>) => void>()
  #revision = 0

  change(key: string, value: T | undefined): number {
    const revision = ++this.#revision
    if (value === undefined) this.entries.delete(key)
    else this.entries.set(key, { value, revision })
    for (const listener of this.listeners)
      queueMicrotask(() => this.listeners.has(listener) && listener({ key, value, revision }))
    return revision
  }
}

class MemoryTable<T> implements Table<T> {
  readonly state: TableState<T>
  readonly #stops: Set<() => void>

  constructor(state: TableState<T>, stops: Set<() => void>) {
    this.state = state
    this.#stops = stops
  }

  async get(key: string): Promise<Entry<T> | undefined> {
    return this.state.entries.get(key)
  }

  async put(key: string, value: T, over: number): Promise<number | undefined> {
    return this.#revisionOf(key) === over ? this.state.change(key, structuredClone(value)) : undefined
  }

  async remove(key: string, over: number): Promise<boolean> {
    if (over === 0 || this.#revisionOf(key) !== over) return false
    this.state.change(key, undefined)
    return true
  }

  async watch(listener: (change: Change<T>) => void): Promise<() => void> {
    // A function of its own for each watch: the same listener may watch twice.
    const watcher = (change: Change<T>) => listener(change)
    const stop = () => {
      this.state.listeners.delete(watcher)
      this.#stops.delete(stop)
    }
    this.#stops.add(stop)
    this.state.listeners.add(watcher)
    for (const [key, { value, revision }] of this.state.entries) listener({ key, value, revision })
    return stop
  }

  #revisionOf(key: string): number {
    return this.state.entries.get(key)?.revision ?? 0
  }
}
