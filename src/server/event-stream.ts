import type { ServerResponse } from 'node:http'
import type { CancelTimer, Clock } from '../core/clock.ts'

/** How much a reader of events may cost. */
export interface EventStreamOptions {
  readonly clock: Clock
  /** Bytes that wait for a reader who does not read. Default 1 MiB. */
  readonly maxBufferedBytes?: number
  /**
   * What happens beyond that: `skip` leaves events out and tells their number in an event `skipped` once there is room,
   * `end` ends the stream, and the reader connects again. Default `skip`.
   */
  readonly whenFull?: 'skip' | 'end'
  /** A comment this often keeps proxies from closing a quiet stream, and finds readers that are gone. Default 15000. */
  readonly heartbeatMs?: number
}

// A reader that takes nothing for so many heartbeats is not there any more.
const STALLED_HEARTBEATS = 4

/** Server-sent events to one reader. What it does not read is bounded. Get one from `HttpExchange.events`. */
export class EventStream {
  readonly #response: ServerResponse
  readonly #clock: Clock
  readonly #maxBufferedBytes: number
  readonly #whenFull: 'skip' | 'end'
  readonly #heartbeatMs: number
  readonly #onEnd: (() => void)[] = []
  #cancelHeartbeat: CancelTimer | undefined
  #stalledHeartbeats = 0
  #skipped = 0
  #unreported = 0
  #isFinishing = false
  #hasEnded = false

  /** @internal */
  constructor(response: ServerResponse, options: EventStreamOptions) {
    this.#response = response
    this.#clock = options.clock
    this.#maxBufferedBytes = options.maxBufferedBytes ?? 1024 * 1024
    this.#whenFull = options.whenFull ?? 'skip'
    this.#heartbeatMs = options.heartbeatMs ?? 15_000
    response.on('close', () => this.#ended())
    response.on('drain', () => this.#reportSkipped())
    this.#beat()
  }

  /** Events that were left out because the reader did not read. */
  get skipped(): number {
    return this.#skipped
  }

  /** Whether the reader has left or the stream was ended. */
  get hasEnded(): boolean {
    return this.#hasEnded
  }

  /** Runs once when the stream has ended, at once where it has. */
  onEnd(callback: () => void): void {
    if (this.#hasEnded) callback()
    else this.#onEnd.push(callback)
  }

  /**
   * Sends a value as JSON.
   * @param event the type of the event, a word without line ends
   * @param id what the reader names as `Last-Event-ID` when it connects again
   * @returns false where the event was left out or the stream has ended
   */
  send(event: string, value: unknown, id?: string | number): boolean {
    const head = id === undefined ? `event: ${event}` : `id: ${id}\nevent: ${event}`
    return this.#write(`${head}\ndata: ${JSON.stringify(value)}\n\n`)
  }

  /** Ends the stream once the reader has all that was sent. One who does not read is cut off as usual. */
  finish(): void {
    if (this.#hasEnded || this.#isFinishing) return
    this.#isFinishing = true
    this.#response.end()
  }

  /** Ends the stream at once; a reader of the browser's kind connects again by itself. */
  end(): void {
    if (this.#hasEnded) return
    this.#ended()
    // What still waits for a reader that does not read must not hold the connection.
    if (this.#response.writableLength > 0) this.#response.destroy()
    else this.#response.end()
  }

  #write(text: string): boolean {
    if (this.#hasEnded || this.#isFinishing) return false
    if (this.#response.writableLength + text.length > this.#maxBufferedBytes) {
      this.#skipped++
      this.#unreported++
      if (this.#whenFull === 'end') this.end()
      return false
    }
    this.#response.write(text)
    return true
  }

  #reportSkipped(): void {
    if (this.#unreported === 0) return
    const count = this.#unreported
    this.#unreported = 0
    this.send('skipped', { count })
  }

  #beat(): void {
    this.#cancelHeartbeat = this.#clock.setTimer(() => {
      const isStalled = this.#response.writableLength > 0
      this.#stalledHeartbeats = isStalled ? this.#stalledHeartbeats + 1 : 0
      if (this.#stalledHeartbeats >= STALLED_HEARTBEATS) return this.end()
      if (!isStalled && !this.#isFinishing) this.#response.write(':\n\n')
      this.#beat()
    }, this.#heartbeatMs)
  }

  #ended(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#cancelHeartbeat?.()
    for (const callback of this.#onEnd.splice(0)) callback()
  }
}
