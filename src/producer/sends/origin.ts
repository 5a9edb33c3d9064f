import type { ProducerError } from '../../core/errors.ts'
import type { ForeignErrorReport, PendingSend } from './pending-send.ts'
import type { SendResult } from './send-result.ts'

/**
 * Where logs come from, for a source that can be read again: a stretch of it. It is kept on disk with the logs, so that after a
 * crash the source knows what is there already (`producer.claimOrigins`).
 */
export interface Origin {
  /** The source, such as a file. Any text of at most 4096 bytes. */
  readonly name: string
  /** Where the stretch begins: where the one before it has ended. */
  readonly from: number
  /** Where it ends. */
  readonly to: number
}

/** Lines that can be read again. */
export interface LineOrigins {
  /** The origin of the lines before this one that have none yet. */
  upTo(lineExclusive: number): Origin
  /** Lines were taken, with this origin, or refused: then they are in no batch, and have none. Before any of their verdicts. */
  taken(origin: Origin | undefined, firstLine: number, lineCount: number): void
}

/** A send whose logs have an origin. It joins no run: the origin is that of its logs alone. */
export class OriginSend implements PendingSend {
  readonly origin: Origin
  readonly #send: PendingSend

  constructor(send: PendingSend, origin: Origin) {
    this.#send = send
    this.origin = origin
  }

  get logCount(): number {
    return this.#send.logCount
  }

  get firstIndex(): number {
    return this.#send.firstIndex ?? 0
  }

  get heldBytes(): number {
    return this.#send.heldBytes
  }

  get isDurable(): boolean {
    return this.#send.isDurable ?? false
  }

  get isSilent(): boolean {
    return this.#send.isSilent ?? false
  }

  settle(error: ProducerError | null, result: SendResult | undefined, report: ForeignErrorReport): void {
    this.#send.settle(error, result, report)
  }
}

/** The origins of sends, one behind the other: stretches that touch are one. */
export function originsOf(sends: readonly PendingSend[]): Origin[] {
  const origins: Origin[] = []
  for (const { origin } of sends) {
    if (origin === undefined) continue
    const last = origins.at(-1)
    const follows = last !== undefined && last.name === origin.name && last.to === origin.from
    if (follows) origins[origins.length - 1] = { ...last, to: origin.to }
    else origins.push(origin)
  }
  return origins
}
