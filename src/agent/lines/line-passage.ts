import type { LineOrigins, Origin } from '../../producer/sends/origin.ts'
import type { Stretch } from '../write/settled-prefix.ts'
import type { Covers, Trail } from '../write/trail.ts'
import type { LineTable } from './line-table.ts'

/** Where lines of one chunk come from, and who is told of their verdicts. */
export interface LinePassage extends LineOrigins {
  /** What a list of the logs of lines up to this one covers; undefined where they cannot be read again. */
  covers(lineExclusive: number): Covers | undefined
  /** Lines that were taken together, or some of them, have their verdict. `isLost` when they must be read again. */
  settle(firstLine: number, lineCount: number, isLost: boolean): void
}

interface Run {
  readonly firstLine: number
  readonly lineCount: number
  readonly stretch: Stretch<number>
}

/** The lines of a chunk of something that can be read again. The table is read until all lines are taken, and not later. */
export class TrailPassage implements LinePassage {
  readonly trail: Trail
  readonly #table: LineTable
  readonly #start: number
  readonly #end: number
  readonly #runs: Run[] = []

  /** @param start where the chunk begins, and `end` where the last of its lines does */
  constructor(trail: Trail, table: LineTable, start: number, end: number) {
    this.trail = trail
    this.#table = table
    this.#start = start
    this.#end = end
  }

  upTo(lineExclusive: number): Origin {
    return this.trail.upTo(this.#positionOf(lineExclusive))
  }

  covers(lineExclusive: number): Covers {
    return { trail: this.trail, position: this.#positionOf(lineExclusive) }
  }

  taken(origin: Origin | undefined, firstLine: number, lineCount: number): void {
    if (origin !== undefined) this.trail.cover(origin)
    const stretch = this.trail.begin(this.#positionOf(firstLine + lineCount), lineCount)
    this.#runs.push({ firstLine, lineCount, stretch })
  }

  settle(firstLine: number, lineCount: number, isLost: boolean): void {
    for (const run of this.#runs) {
      const isIn = firstLine >= run.firstLine && firstLine < run.firstLine + run.lineCount
      if (isIn) return run.stretch.settle(lineCount, isLost)
    }
  }

  /** All its lines were taken: what follows the last is passed over too. */
  finish(): void {
    this.trail.begin(this.#end, 0)
  }

  #positionOf(line: number): number {
    const { positions, count } = this.#table
    return line < count ? this.#start + (positions[line] as number) : this.#end
  }
}

/** Lines that cannot be read again: nobody is told. */
export const NO_WAY_BACK: LinePassage = {
  upTo: () => ({ name: '', from: 0, to: 0 }),
  taken: () => {},
  covers: () => undefined,
  settle: () => {},
}
