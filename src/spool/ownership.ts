import { ProducerError } from '../core/errors.ts'
import { isDiskFull, isGone, type SpoolFile, type SpoolFiles, systemCode } from './files.ts'
import { cardPath, draftPath, listOwners, type OwnerCard, readCard, socketPath } from './owner-card.ts'
import type { OwnerSocket, OwnerSockets } from './owner-sockets.ts'

const BEAT_DIGITS = 12

export interface OwnershipTools {
  readonly files: SpoolFiles
  readonly sockets: OwnerSockets
  /** Tests play several machines. */
  readonly boot: string
  /** A process that watched an owner of this process has ended. */
  readonly onWatcherGone?: () => void
}

export interface SlotToTake {
  readonly directory: string
  readonly lastGeneration: number
  /** False if the last owner is only considered dead: it has to find our card if it goes on. */
  readonly isOwnerGone: boolean
}

/**
 * A slot that this process holds, until it is released or another process takes it. The card in the slot says so, and the socket shows
 * that this process lives. On a full disk the card cannot be written: then the socket alone holds the slot. That is enough to read
 * the slot and to send its records; no record is written to it before the card is.
 */
export class Ownership {
  readonly directory: string
  readonly #tools: OwnershipTools
  readonly #generation: number
  readonly #socket: OwnerSocket | undefined
  readonly #needsCard: boolean
  #card: SpoolFile | undefined
  #claiming: Promise<boolean> | undefined
  #beat = 0
  #isLost = false

  private constructor(tools: OwnershipTools, slot: SlotToTake, socket: OwnerSocket | undefined) {
    this.#tools = tools
    this.directory = slot.directory
    this.#generation = slot.lastGeneration + 1
    this.#socket = socket
    this.#needsCard = !slot.isOwnerGone || socket?.address !== socketPath(this.directory, this.#generation)
  }

  /** Takes a slot. Undefined if another process was faster. */
  static async take(tools: OwnershipTools, slot: SlotToTake): Promise<Ownership | undefined> {
    const { sockets, onWatcherGone = () => {} } = tools
    const socket = await sockets.listen(socketPath(slot.directory, slot.lastGeneration + 1), onWatcherGone)
    if (socket === 'in use') return undefined
    const ownership = new Ownership(tools, slot, socket)
    try {
      if (await ownership.#take()) return ownership
    } catch (error) {
      await ownership.#closeSocket()
      throw error
    }
    await ownership.#closeSocket()
    return undefined
  }

  /**
   * Throws if another process has taken the slot: it would not find what is written from now on. A card that could not be written
   * before, or that somebody deleted, is written now. `isWhole`: no other file of the slot was deleted.
   */
  async check(isWhole: () => Promise<boolean>): Promise<void> {
    const { files } = this.#tools
    const [hasSuccessor, isThere] = await Promise.all([
      files.exists(cardPath(this.directory, this.#generation + 1)),
      files.exists(cardPath(this.directory, this.#generation)),
    ])
    if (this.#isLost || hasSuccessor) this.#lose()
    if (this.#card !== undefined && isThere) return
    if (!(await isWhole()) || !(await this.#claim())) this.#lose()
  }

  /** Whether another process has taken the slot since. */
  async hasSuccessor(): Promise<boolean> {
    const { cards } = await listOwners(this.#tools.files, this.directory).catch(() => ({ cards: [] }))
    const first = this.#card === undefined ? this.#generation : this.#generation + 1
    return cards.some((generation) => generation >= first)
  }

  /** Shows processes that cannot reach the socket that the owner lives. */
  async beat(): Promise<void> {
    if (this.#isLost) return
    const beat = String(++this.#beat).padStart(BEAT_DIGITS, '0')
    await this.#card?.write([Buffer.from(`{"beat":"${beat}"`)], 0).catch(() => {})
  }

  /** Other processes may take the slot now, and the records that are left in it. */
  async release(): Promise<void> {
    await this.#claiming?.catch(() => {})
    const card = { beat: '', pid: process.pid, boot: this.#tools.boot, socket: '', state: 'released' }
    try {
      // One write replaces the whole text of the card: blanks cover the rest of the longer text.
      const text = JSON.stringify(card).padEnd((await this.#card?.size()) ?? 0)
      if (!this.#isLost) await this.#card?.write([Buffer.from(text)], 0)
    } catch {
      // The disk is full. The closed socket shows as well that the owner is gone.
    }
    await this.#card?.close().catch(() => {})
    await this.#closeSocket()
  }

  async #take(): Promise<boolean> {
    try {
      return await this.#claim()
    } catch (error) {
      if (isDiskFull(error) && !this.#needsCard) return true
      throw error
    }
  }

  #lose(): never {
    this.#isLost = true
    throw new TakenOver(this.directory)
  }

  /** Single flight: appends and tidying call `check` at the same time. */
  #claim(): Promise<boolean> {
    this.#claiming ??= this.#writeCard().finally(() => {
      this.#claiming = undefined
    })
    return this.#claiming
  }

  /** False if another process was faster, or the directory is gone. */
  async #writeCard(): Promise<boolean> {
    const { files } = this.#tools
    const before = this.#card
    const card = await this.#linkCard()
    if (card === undefined) return false
    const { cards } = await listOwners(files, this.directory)
    // Taking the slot removed all older cards. If there is an older one now, another process took the slot after our card was deleted.
    const isOfSuccessor = (generation: number) =>
      generation > this.#generation || (before !== undefined && generation < this.#generation)
    if (cards.some(isOfSuccessor)) {
      await card.close()
      if (before !== undefined) await files.remove(cardPath(this.directory, this.#generation))
      return false
    }
    await before?.close().catch(() => {})
    this.#card = card
    await this.#removeOlder()
    return true
  }

  /** The card appears complete or not at all. Of two processes that want the same generation, one gets it. */
  async #linkCard(): Promise<SpoolFile | undefined> {
    const { files, boot } = this.#tools
    const draft = draftPath(this.directory)
    const card: OwnerCard = {
      beat: '0'.repeat(BEAT_DIGITS),
      pid: process.pid,
      boot,
      socket: this.#socket?.address ?? '',
      state: 'held',
    }
    let file: SpoolFile | undefined
    try {
      file = await files.create(draft)
      await file.write([Buffer.from(JSON.stringify(card))], 0)
      // After a power failure an unsynced card could be empty, and nothing would show that its owner is dead.
      await file.sync()
      await files.link(draft, cardPath(this.directory, this.#generation))
      return file
    } catch (error) {
      await file?.close()
      if (systemCode(error) === 'EEXIST' || isGone(error)) return undefined
      throw error
    } finally {
      await files.remove(draft).catch(() => {})
    }
  }

  async #removeOlder(): Promise<void> {
    const { files } = this.#tools
    const { cards, sockets } = await listOwners(files, this.directory)
    const isOlder = (generation: number) => generation < this.#generation
    for (const older of cards.filter(isOlder)) {
      const card = await readCard(files, this.directory, older)
      if (card?.socket) await files.remove(card.socket).catch(() => {})
      await files.remove(cardPath(this.directory, older)).catch(() => {})
    }
    for (const older of sockets.filter(isOlder)) {
      await files.remove(socketPath(this.directory, older)).catch(() => {})
    }
  }

  async #closeSocket(): Promise<void> {
    await this.#socket?.close()
    if (this.#socket !== undefined) await this.#tools.files.remove(this.#socket.address).catch(() => {})
  }
}

/** Another process owns the slot now, or its files were deleted. */
export class TakenOver extends ProducerError {
  constructor(directory: string) {
    super('ERR_LOGHUB_SPOOL_LOCKED', `the spool slot ${directory} was taken over by another process`, {
      retriable: true,
    })
  }
}
