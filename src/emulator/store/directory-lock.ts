import { join } from 'node:path'
import { Alarm } from '../../core/alarm.ts'
import { systemClock } from '../../core/clock.ts'
import { isProducerError, ProducerError } from '../../core/errors.ts'
import { bootId, nodeFiles } from '../../spool/node-files.ts'
import { nodeOwnerSockets } from '../../spool/owner-sockets.ts'
import type { Ownership } from '../../spool/ownership.ts'
import { BEAT_MS, SlotKeeper } from '../../spool/slot-keeper.ts'

// No project has this name.
const FOLDER = '.owner'
const SLOT = 0

/**
 * Prevents a second emulator from using a data directory, as a spool prevents a second owner of a slot
 * (docs/spool-format.md). After an owner was killed no cleaning up is needed, and of several emulators that start at once exactly one
 * gets the directory.
 */
export class DirectoryLock {
  readonly #keeper: SlotKeeper
  readonly #beat: Alarm
  #isReleased = false

  private constructor(keeper: SlotKeeper, ownership: Ownership) {
    this.#keeper = keeper
    // For emulators that cannot ask the owner: on a volume that several machines share, or without sockets.
    this.#beat = new Alarm(systemClock, () => this.#beatOnce(ownership), { isBackground: true })
    this.#beatLater()
  }

  /** Creates the directory if it is missing. Throws `ERR_LOGHUB_OPTION` if another emulator uses it. */
  static async acquire(directory: string): Promise<DirectoryLock> {
    const keeper = new SlotKeeper({
      directory: join(directory, FOLDER),
      tools: { files: nodeFiles, sockets: nodeOwnerSockets, boot: bootId() },
      clock: systemClock,
      onAdopted: async () => {},
    })
    try {
      return new DirectoryLock(keeper, await keeper.takeFixed(SLOT))
    } catch (error) {
      await keeper.close()
      throw isProducerError(error) && error.code === 'ERR_LOGHUB_SPOOL_LOCKED' ? inUse(directory) : error
    }
  }

  /** Lets another emulator use the directory. */
  async release(): Promise<void> {
    this.#isReleased = true
    this.#beat.clear()
    await this.#keeper.close()
  }

  async #beatOnce(ownership: Ownership): Promise<void> {
    await ownership.beat()
    if (!this.#isReleased) this.#beatLater()
  }

  #beatLater(): void {
    this.#beat.set(systemClock.monotonicMs() + BEAT_MS)
  }
}

function inUse(directory: string): ProducerError {
  const advice = `end that one, or name another directory; if there is none, remove ${join(directory, FOLDER)}`
  return new ProducerError(
    'ERR_LOGHUB_OPTION',
    `the data directory ${directory} is in use by another emulator: ${advice}`,
  )
}
