/** A checkpoint: plain JSON, or what gives it. A function is called when the value is needed, and may give another each time. */
export type CheckpointValue = unknown | (() => unknown)

/** Where inputs keep how far they are, by id. */
export interface CheckpointStore {
  /** The directory where it keeps files, if it does. No file input reads them. */
  readonly directory?: string | undefined
  /** The value that was saved last under this id; undefined if there is none. */
  load(id: string): unknown
  /** Keeps the value soon; the last one before a `flush` or the end counts. */
  save(id: string, value: CheckpointValue): void
  /** Resolves when what was saved until now is kept, or could not be. */
  flush(): Promise<void>
  /** Keeps what was saved and frees what is held open. */
  close(): Promise<void>
}

/** The value itself. */
export function readCheckpoint(value: CheckpointValue): unknown {
  return typeof value === 'function' ? value() : value
}

/** Keeps nothing beyond the process: an agent without a state directory. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #values = new Map<string, CheckpointValue>()

  /** The value that was saved last under this id; undefined if there is none. */
  load(id: string): unknown {
    return readCheckpoint(this.#values.get(id))
  }

  save(id: string, value: CheckpointValue): void {
    this.#values.set(id, value)
  }

  async flush(): Promise<void> {}

  /** Frees nothing: there is nothing held open. */
  async close(): Promise<void> {}
}
