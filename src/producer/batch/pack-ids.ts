import { randomBytes } from 'node:crypto'
import type { GroupKey } from './group-key.ts'

/** Sequences that are remembered; past it the one unused for longest starts a new prefix. */
const REMEMBERED_SEQUENCES = 10_000

/** The tag that carries a pack id. */
export const PACK_ID_TAG = '__pack_id__'

/** 16 digits, a dash, and as many digits as a counter can have. */
export const MAX_PACK_ID_LENGTH = 31

interface Sequence {
  readonly prefix: string
  next: number
}

/**
 * The `__pack_id__` of each batch: by it the service puts the batches of one producer back in order (context query).
 * One sequence a logstore, and in it one a context, without gaps; the prefix is random, so that no two processes share one.
 */
export class PackIds {
  readonly #sequences = new Map<string, Sequence>()

  next({ project, logstore, context }: Pick<GroupKey, 'project' | 'logstore' | 'context'>): string {
    // Neither name can contain a slash, so this text is one logstore's, and one context's, alone.
    const name = context === undefined ? `${project}/${logstore}` : `${project}/${logstore}/${context}`
    const sequence = this.#sequences.get(name) ?? { prefix: randomBytes(8).toString('hex').toUpperCase(), next: 0 }
    this.#remember(name, sequence)
    return `${sequence.prefix}-${(sequence.next++).toString(16).toUpperCase()}`
  }

  #remember(name: string, sequence: Sequence): void {
    this.#sequences.delete(name)
    this.#sequences.set(name, sequence)
    if (this.#sequences.size <= REMEMBERED_SEQUENCES) return
    const oldest = this.#sequences.keys().next().value as string
    this.#sequences.delete(oldest)
  }
}
