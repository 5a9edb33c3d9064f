/** Where inputs keep how far they are, by id. A value is plain JSON. */
export interface CheckpointStore {
  load(id: string): unknown
  /** Keeps the value soon; the last one before a `flush` or the end counts. */
  save(id: string, value: unknown): void
  /** Resolves when what was saved until now is kept, or could not be. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** Keeps nothing beyond the process: an agent without a state directory. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #values = new Map<string, unknown>()

  load(id: string): unknown {
    return this.#values.get(id)
  }

  save(id: string, value: unknown): void {
    this.#values.set(id, value)
  }

  async flush(): Promise<void> {}

  async close(): Promise<void> {}
}
