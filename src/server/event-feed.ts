import type { EventStream } from './event-stream.ts'

/** One source of events for many readers. A reader that does not read costs the others nothing. */
export class EventFeed {
  readonly #streams = new Set<EventStream>()
  readonly #maxReaders: number

  /** @param maxReaders readers at once. Default 64. */
  constructor(maxReaders = 64) {
    this.#maxReaders = maxReaders
  }

  /** Readers now. Where there are none, an event need not be made. */
  get readers(): number {
    return this.#streams.size
  }

  /** Whether one more reader may come. */
  get hasRoom(): boolean {
    return this.#streams.size < this.#maxReaders
  }

  /** Sends all coming events to this reader, until it leaves. */
  add(stream: EventStream): void {
    this.#streams.add(stream)
    stream.onEnd(() => this.#streams.delete(stream))
  }

  /** Sends a value as JSON to every reader. */
  send(event: string, value: unknown, id?: string | number): void {
    for (const stream of this.#streams) stream.send(event, value, id)
  }
}
