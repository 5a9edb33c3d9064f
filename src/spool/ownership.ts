import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { ProducerError } from '../core/errors.ts'
import { readWhole, type SpoolFile, type SpoolFiles, systemCode } from './files.ts'
import type { OwnerSocket, OwnerSockets } from './owner-sockets.ts'

const OWNER_NAME = /^owner\.(\d{1,15})$/
const BEAT_DIGITS = 12

export interface OwnerCard {
  readonly beat: string
  readonly pid: number
  /** Which kernel the owner's socket is of. */
  readonly boot: string
  readonly socket: string
  readonly state: 'held' | 'released'
}

export interface OwnershipTools {
  readonly files: SpoolFiles
  readonly sockets: OwnerSockets
  /** Tests play several machines. */
  readonly boot: string
  /** One who watched an owner of this process is gone. */
  readonly onWatcherGone?: () => void
}

/** A slot that this process holds, until it is released, or somebody else takes it. */
export class Ownership {
  readonly directory: string
  readonly #tools: OwnershipTools
  readonly #generation: number
  readonly #file: SpoolFile
  readonly #socket: OwnerSocket | undefined
  #beat = 0
  #isLost = false

  private constructor(
    tools: OwnershipTools,
    directory: string,
    generation: number,
    file: SpoolFile,
    socket: OwnerSocket | undefined,
  ) {
    this.#tools = tools
    this.directory = directory
    this.#generation = generation
    this.#file = file
    this.#socket = socket
  }

  /** Takes a slot whose last owner is gone. Undefined where somebody was faster. */
  static async take(tools: OwnershipTools, directory: string, lastGeneration: number): Promise<Ownership | undefined> {
    const { files, sockets, boot, onWatcherGone = () => {} } = tools
    const generation = lastGeneration + 1
    const path = ownerPath(directory, generation)
    const draft = join(directory, `owner-${randomBytes(6).toString('hex')}.draft`)
    const socketPath = join(directory, `owner-${randomBytes(4).toString('hex')}.sock`)
    const socket = await sockets.listen(socketPath, onWatcherGone)
    const file = await files.create(draft)
    const card: OwnerCard = {
      beat: '0'.repeat(BEAT_DIGITS),
      pid: process.pid,
      boot,
      socket: socket?.address ?? '',
      state: 'held',
    }
    const give = async () => {
      await socket?.close()
      await file.close()
      return undefined
    }
    try {
      await file.write([Buffer.from(JSON.stringify(card))], 0)
      // A card that a power failure emptied would say nothing about who is dead now.
      await file.sync()
      // It appears whole, or not at all: of two that want the same generation one gets it.
      await files.link(draft, path)
    } catch (error) {
      await give()
      if (systemCode(error) === 'EEXIST') return undefined
      throw error
    } finally {
      await files.remove(draft).catch(() => {})
    }
    const { generations } = await listOwners(files, directory)
    if (Math.max(...generations) > generation) return give()
    const ownership = new Ownership(tools, directory, generation, file, socket)
    await ownership.#removeOlder()
    return ownership
  }

  /** Throws when somebody has taken the slot over: nothing that is written from now on would be found. */
  async check(): Promise<void> {
    const { files } = this.#tools
    const [hasSuccessor, isThere] = await Promise.all([
      files.exists(ownerPath(this.directory, this.#generation + 1)),
      files.exists(ownerPath(this.directory, this.#generation)),
    ])
    if (hasSuccessor || !isThere) this.#isLost = true
    if (this.#isLost) throw new TakenOver(this.directory)
  }

  /** Whether another process has taken the slot since. */
  async hasSuccessor(): Promise<boolean> {
    const { generations } = await listOwners(this.#tools.files, this.directory).catch(() => ({ generations: [] }))
    return generations.some((generation) => generation > this.#generation)
  }

  /** Shows those who cannot reach the socket that the owner lives. */
  async beat(): Promise<void> {
    if (this.#isLost) return
    const beat = String(++this.#beat).padStart(BEAT_DIGITS, '0')
    await this.#file.write([Buffer.from(`{"beat":"${beat}"`)], 0).catch(() => {})
  }

  /** Others may have the slot. What is left in it is theirs to adopt. */
  async release(): Promise<void> {
    const card = { beat: '', pid: process.pid, boot: this.#tools.boot, socket: '', state: 'released' }
    try {
      // Blanks over the rest of the longer text: the card is whole after one write.
      const text = JSON.stringify(card).padEnd(await this.#file.size())
      if (!this.#isLost) await this.#file.write([Buffer.from(text)], 0)
    } catch {
      // A full disk: the closed socket says the same.
    }
    await this.#file.close().catch(() => {})
    await this.#socket?.close()
    if (this.#socket !== undefined) await this.#tools.files.remove(this.#socket.address).catch(() => {})
  }

  async #removeOlder(): Promise<void> {
    const { files } = this.#tools
    const { generations } = await listOwners(files, this.directory)
    for (const older of generations.filter((each) => each < this.#generation)) {
      const card = await readCard(files, this.directory, older)
      if (card?.socket) await files.remove(card.socket).catch(() => {})
      await files.remove(ownerPath(this.directory, older)).catch(() => {})
    }
  }
}

/** Another process owns the slot now. */
export class TakenOver extends ProducerError {
  constructor(directory: string) {
    super('ERR_LOGHUB_SPOOL_LOCKED', `the spool slot ${directory} was taken over by another process`, {
      retriable: true,
    })
  }
}

export async function listOwners(files: SpoolFiles, directory: string) {
  const names = await files.list(directory)
  const generations = names.flatMap((name) => {
    const match = OWNER_NAME.exec(name)
    return match === null ? [] : [Number(match[1])]
  })
  return { generations }
}

/** Undefined where the file is gone or does not hold a card. */
export async function readCard(
  files: SpoolFiles,
  directory: string,
  generation: number,
): Promise<(OwnerCard & { text: string }) | undefined> {
  const text = (await readWhole(files, ownerPath(directory, generation))).toString('utf8')
  try {
    const card = JSON.parse(text) as Partial<OwnerCard>
    return { beat: '', pid: 0, boot: '', socket: '', state: 'held', ...card, text }
  } catch {
    return undefined
  }
}

function ownerPath(directory: string, generation: number): string {
  return join(directory, `owner.${generation}`)
}
