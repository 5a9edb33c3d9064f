import { join } from 'node:path'
import { isGone } from './files.ts'
import { listOwners, type OwnerCard, readCard, socketPath } from './owner-card.ts'
import { Ownership, type OwnershipTools } from './ownership.ts'
import { SLOT_NAME } from './slot-paths.ts'

/** What is known about the owner of a slot. */
export type SlotState =
  | { readonly owner: 'none'; readonly generation: number }
  | { readonly owner: 'alive'; readonly address: string }
  /** Its socket cannot be reached: it lives as long as `text`, the content of its card, changes. */
  | { readonly owner: 'unknown'; readonly generation: number; readonly text: string }

/** The slots of a directory, and their owners. */
export class Slots {
  readonly #tools: OwnershipTools
  readonly #directory: string

  constructor(tools: OwnershipTools, directory: string) {
    this.#tools = tools
    this.#directory = directory
  }

  path(slot: number): string {
    return join(this.#directory, `slot-${slot}`)
  }

  /** Returns the numbers of the slots in ascending order. */
  async list(): Promise<number[]> {
    const names = await this.#tools.files.list(this.#directory)
    return names
      .flatMap((name) => {
        const match = SLOT_NAME.exec(name)
        return match === null ? [] : [Number(match[1])]
      })
      .sort((a, b) => a - b)
  }

  async state(slot: number): Promise<SlotState> {
    const directory = this.path(slot)
    const { cards, sockets } = await listOwners(this.#tools.files, directory)
    const generation = Math.max(0, ...cards, ...sockets)
    if (!cards.includes(generation)) return this.#stateOfSocket(directory, generation)
    const card = await readCard(this.#tools.files, directory, generation).catch((error) => {
      if (isGone(error)) return undefined
      throw error
    })
    if (card === undefined) return { owner: 'unknown', generation, text: '' }
    return this.#stateOfCard(card, generation, directory)
  }

  /** Undefined if another process was faster. */
  async take(
    slot: number,
    { generation: lastGeneration, owner }: Exclude<SlotState, { owner: 'alive' }>,
  ): Promise<Ownership | undefined> {
    const directory = this.path(slot)
    await this.#tools.files.makeDirectory(directory)
    return Ownership.take(this.#tools, { directory, lastGeneration, isOwnerGone: owner === 'none' })
  }

  /** The owner has no card: it could not write one to a full disk, or somebody deleted it. */
  async #stateOfSocket(directory: string, generation: number): Promise<SlotState> {
    const address = socketPath(directory, generation)
    if (generation > 0 && (await this.#tools.sockets.knock(address)) === 'alive') return { owner: 'alive', address }
    return { owner: 'none', generation }
  }

  async #stateOfCard(card: OwnerCard & { text: string }, generation: number, directory: string): Promise<SlotState> {
    if (card.state === 'released') return { owner: 'none', generation }
    const isSameKernel = card.boot === this.#tools.boot
    if (isSameKernel && card.socket !== '') {
      const knock = await this.#tools.sockets.knock(card.socket)
      if (knock === 'alive') return { owner: 'alive', address: card.socket }
      if (knock === 'dead') return { owner: 'none', generation }
    }
    // Only this machine has the disk, so the machine was restarted since.
    if (!isSameKernel && (await this.#tools.files.isLocal(directory))) return { owner: 'none', generation }
    return { owner: 'unknown', generation, text: card.text }
  }
}
