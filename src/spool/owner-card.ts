import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { readWhole, type SpoolFiles } from './files.ts'

const CARD_NAME = /^owner\.(\d{1,15})$/
const SOCKET_NAME = /^owner\.(\d{1,15})\.sock$/

/** The content of the file `owner.N` of a slot, which its owner writes; N is the generation. */
export interface OwnerCard {
  readonly beat: string
  readonly pid: number
  /** The boot id of the kernel in which the socket exists. */
  readonly boot: string
  readonly socket: string
  readonly state: 'held' | 'released'
}

/** The generations of a slot whose files were found. */
export interface FoundOwners {
  readonly cards: readonly number[]
  /** Not the same as {@link cards}: a card may be missing, and a socket may be in another directory, or missing. */
  readonly sockets: readonly number[]
}

export async function listOwners(files: SpoolFiles, directory: string): Promise<FoundOwners> {
  const names = await files.list(directory)
  const generations = (pattern: RegExp) =>
    names.flatMap((name) => {
      const match = pattern.exec(name)
      return match === null ? [] : [Number(match[1])]
    })
  return { cards: generations(CARD_NAME), sockets: generations(SOCKET_NAME) }
}

/** Undefined if the file does not exist or does not contain a card. */
export async function readCard(
  files: SpoolFiles,
  directory: string,
  generation: number,
): Promise<(OwnerCard & { text: string }) | undefined> {
  const text = (await readWhole(files, cardPath(directory, generation))).toString('utf8')
  try {
    const card = JSON.parse(text) as Partial<OwnerCard>
    return { beat: '', pid: 0, boot: '', socket: '', state: 'held', ...card, text }
  } catch {
    return undefined
  }
}

export function cardPath(directory: string, generation: number): string {
  return join(directory, `owner.${generation}`)
}

/** A card is written to this file first, and is then linked to its own name. */
export function draftPath(directory: string): string {
  return join(directory, `owner-${randomBytes(6).toString('hex')}.draft`)
}

export function socketPath(directory: string, generation: number): string {
  return `${cardPath(directory, generation)}.sock`
}
