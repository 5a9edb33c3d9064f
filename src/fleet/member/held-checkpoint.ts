import { type CheckpointValue, readCheckpoint } from '../../agent/index.ts'
import { Alarm } from '../../core/alarm.ts'
import type { Clock } from '../../core/clock.ts'
import { isProducerError } from '../../core/errors.ts'
import type { CheckpointRecord, Coordinator, Entry } from '../coordinator/coordinator.ts'

type CheckpointTable = Coordinator['checkpoints']

const MAX_ATTEMPTS = 10
/** Shortest time between two writes. */
const INTERVAL_MS = 1000

/** The checkpoint of an input that this agent owns, stored in the fleet so that the next owner finds it. */
export class HeldCheckpoint {
  readonly #id: string
  readonly #table: CheckpointTable
  readonly #clock: Clock
  readonly #token: number
  readonly #alarm: Alarm
  readonly #warn: (message: string) => void
  #hasWarned = false
  #revision: number
  #value: CheckpointValue
  #isDirty = false
  #isFenced = false
  #lastWriteMs = Number.NEGATIVE_INFINITY
  #writing: Promise<void> | undefined

  private constructor(
    id: string,
    table: CheckpointTable,
    { value: record, revision }: Entry<CheckpointRecord>,
    clock: Clock,
    warn: (message: string) => void,
  ) {
    this.#id = id
    this.#table = table
    this.#clock = clock
    this.#token = record.token
    this.#value = record.value
    this.#revision = revision
    this.#warn = warn
    this.#alarm = new Alarm(clock, () => void this.#write().catch(() => {}))
  }

  /**
   * Reads the checkpoint and writes it again with the fencing token of this owner. From then on no earlier owner can write, so the value
   * that was read is the last one. Undefined if a later owner has already written.
   *
   * @param unwritten what this agent could not write when it was the owner before; used if no other member has been the owner since
   * @param warn called once for a value that can never be written, such as one that is too large
   */
  static async claim(
    id: string,
    token: number,
    table: CheckpointTable,
    clock: Clock,
    unwritten?: CheckpointRecord,
    warn: (message: string) => void = () => {},
  ): Promise<HeldCheckpoint | undefined> {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const current = await table.get(id)
      if (current !== undefined && current.value.token > token) return undefined
      const newest = unwritten !== undefined && current?.value.token === unwritten.token ? unwritten : current?.value
      const record: CheckpointRecord = { ...newest, token }
      const revision = await table.put(id, record, current?.revision ?? 0)
      if (revision !== undefined) return new HeldCheckpoint(id, table, { value: record, revision }, clock, warn)
    }
    return undefined
  }

  get value(): unknown {
    return readCheckpoint(this.#value)
  }

  /** The checkpoint that was saved but could not be written. Undefined if all is written, or a later owner has written. */
  get unwritten(): CheckpointRecord | undefined {
    return this.#isDirty && !this.#isFenced ? { token: this.#token, value: this.value } : undefined
  }

  /** Saves a checkpoint. It is written within a second; of several the last one counts. */
  save(value: CheckpointValue): void {
    this.#value = value
    this.#isDirty = true
    this.#schedule()
  }

  /** Writes the saved checkpoint now. @throws ProducerError when the coordinator cannot be reached */
  async flush(): Promise<void> {
    await this.#writing?.catch(() => {})
    if (this.#isDirty) await this.#write()
  }

  /** Writes no more. */
  close(): void {
    this.#isFenced = true
    this.#alarm.clear()
  }

  #schedule(): void {
    if (this.#isFenced || this.#alarm.isSet || this.#writing !== undefined) return
    this.#alarm.set(Math.max(this.#clock.monotonicMs(), this.#lastWriteMs + INTERVAL_MS))
  }

  #write(): Promise<void> {
    this.#alarm.clear()
    this.#writing ??= this.#put().finally(() => {
      this.#writing = undefined
      if (this.#isDirty) this.#schedule()
    })
    return this.#writing
  }

  async #put(): Promise<void> {
    this.#isDirty = false
    this.#lastWriteMs = this.#clock.monotonicMs()
    try {
      for (let attempt = 0; attempt < MAX_ATTEMPTS && !this.#isFenced; attempt++) {
        const record = { token: this.#token, value: this.value }
        const revision = await this.#table.put(this.#id, record, this.#revision)
        if (revision !== undefined) {
          this.#revision = revision
          return
        }
        // Either the answer of an earlier write was lost, or another member is the owner now, or the input was removed.
        const current = await this.#table.get(this.#id)
        if (current?.value.token !== this.#token) return this.close()
        this.#revision = current.revision
      }
      this.#isDirty = true
    } catch (thrown) {
      this.#isDirty = true
      const isFinal = isProducerError(thrown) && !thrown.retriable
      if (isFinal && !this.#hasWarned) this.#warn(`the checkpoint cannot be written: ${thrown.message}`)
      this.#hasWarned ||= isFinal
      throw thrown
    }
  }
}
