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

/** The origins of sends, one behind the other: stretches that touch are one. */
export function originsOf(sends: readonly { readonly origin?: Origin | undefined }[]): Origin[] {
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
