/** Where inputs keep how far they are, by id. A value is plain JSON. */
export interface CheckpointStore {
  /** The value that was saved last under this id; undefined where there is none. */
  load(id: string): unknown
  /** Keeps the value soon; the last one before a `flush` or the end counts. */
  save(id: string, value: unknown): void
  /** Resolves when what was saved until now is kept, or could not be. */
  flush(): Promise<void>
  /** Keeps what was saved and frees what is held open. */
  close(): Promise<void>
}

/** Keeps nothing beyond the process: an agent without a state directory. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #values = new Map<string, unknown>()

  /** The value that was saved last under this id; undefined where there is none. */
  load(id: string): unknown {
    return this.#values.get(id)
  }

  save(id: string, value: unknown): void {
    this.#values.set(id, value)
  }

  async flush(): Promise<void> {}

  /** Frees nothing: there is nothing held open. */
  async close(): Promise<void> {}
}
