import type { Placement } from './open-segment.ts'
import { MOST_RECORDS } from './record-format.ts'
import type { Segment } from './segment.ts'

/** Ids of records: numbers that contain segment and row. A record keeps its id when it moves to another segment. */
export class RecordIds {
  readonly #segments = new Map<number, Segment>()
  readonly #moved = new Map<number, number>()
  #nextHandle = 1

  add(segment: Segment): void {
    if (segment.handle !== 0) return
    segment.handle = this.#nextHandle++
    this.#segments.set(segment.handle, segment)
  }

  remove(segment: Segment): void {
    this.#segments.delete(segment.handle)
  }

  idOf({ segment, row }: Placement): number {
    return segment.handle * MOST_RECORDS + row
  }

  move(from: Placement, to: Placement): void {
    this.#moved.set(this.idOf(from), this.idOf(to))
  }

  /** Undefined if the record is settled and its segment was removed. */
  find(id: number): Placement | undefined {
    let now = id
    for (let next = this.#moved.get(now); next !== undefined; next = this.#moved.get(now)) now = next
    const segment = this.#segments.get(Math.floor(now / MOST_RECORDS))
    return segment === undefined ? undefined : { segment, row: now % MOST_RECORDS }
  }

  /** The record is settled: its id is not used any more. */
  forget(id: number): void {
    for (let next: number | undefined = id; next !== undefined; ) {
      const after: number | undefined = this.#moved.get(next)
      this.#moved.delete(next)
      next = after
    }
  }
}
