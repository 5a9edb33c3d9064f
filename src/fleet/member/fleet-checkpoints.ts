import type { CheckpointStore, CheckpointValue } from '../../agent/index.ts'
import type { CheckpointRecord } from '../coordinator/coordinator.ts'
import type { HeldCheckpoint } from './held-checkpoint.ts'

/** The checkpoints of an agent: those of the `one` inputs that it owns are in the fleet, all others in the local store. */
export class FleetCheckpoints implements CheckpointStore {
  readonly #local: CheckpointStore
  readonly #held = new Map<string, HeldCheckpoint>()
  readonly #unwritten = new Map<string, CheckpointRecord>()

  /** @param local the store of all other checkpoints */
  constructor(local: CheckpointStore) {
    this.#local = local
  }

  /** The directory of the local store. */
  get directory(): string | undefined {
    return this.#local.directory
  }

  /** @internal From now on the checkpoint of this input is in the fleet. */
  hold(id: string, checkpoint: HeldCheckpoint): void {
    this.#unwritten.delete(id)
    this.#held.set(id, checkpoint)
  }

  /** @internal The checkpoint that this agent could not write while it owned the input. */
  unwritten(id: string): CheckpointRecord | undefined {
    return this.#unwritten.get(id)
  }

  /** @internal Writes the last saved checkpoint. Never rejects: without it the next owner reads some logs again. */
  async settle(id: string): Promise<void> {
    await this.#held
      .get(id)
      ?.flush()
      .catch(() => {})
  }

  /** @internal The input has ended here and saves nothing more. */
  release(id: string): void {
    const held = this.#held.get(id)
    const { unwritten } = held ?? {}
    if (unwritten !== undefined) this.#unwritten.set(id, unwritten)
    held?.close()
    this.#held.delete(id)
  }

  load(id: string): unknown {
    const held = this.#held.get(id)
    return held === undefined ? this.#local.load(id) : held.value
  }

  save(id: string, value: CheckpointValue): void {
    const held = this.#held.get(id)
    if (held === undefined) this.#local.save(id, value)
    else held.save(value)
  }

  /** Never rejects for a checkpoint of the fleet: it is written again later, or the next owner reads some logs again. */
  async flush(): Promise<void> {
    await Promise.all([...this.#held.keys()].map((id) => this.settle(id)))
    await this.#local.flush()
  }

  async close(): Promise<void> {
    await this.flush()
    for (const id of [...this.#held.keys()]) this.release(id)
    await this.#local.close()
  }
}
