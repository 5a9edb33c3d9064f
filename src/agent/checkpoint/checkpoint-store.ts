/** A checkpoint: a JSON value, or a function that returns one. The function is called for each write and may return another value each time. */
export type CheckpointValue = unknown | (() => unknown)

/** Stores the checkpoints of inputs by their ids. */
export interface CheckpointStore {
  /** The directory of its files, if it has some. File inputs do not read them. */
  readonly directory?: string | undefined
  /** The value that was saved last under this id; undefined if there is none. */
  load(id: string): unknown
  /** Stores the value soon. If there are several, the last one before a `flush` or `close` counts. */
  save(id: string, value: CheckpointValue): void
  /** Resolves when everything that was saved until now is stored, or could not be stored. */
  flush(): Promise<void>
  /** Stores what was saved, and releases resources. */
  close(): Promise<void>
}

/** Returns the value, of a function its result. */
export function readCheckpoint(value: CheckpointValue): unknown {
  return typeof value === 'function' ? value() : value
}

/** Checkpoints in memory only, for an agent without a state directory. */
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

  /** Does nothing. */
  async close(): Promise<void> {}
}
