import type { IncomingMessage } from 'node:http'
import type { TimerGroup } from '../script/timer-group.ts'

/** `too-large`: over the limit, not kept. `broken`: the connection ended first. */
export type BodyResult = Buffer | 'too-large' | 'broken'

export interface BodyRules {
  readonly limitInBytes: number
  /** Undefined: as fast as it comes. */
  readonly bytesPerSecond: number | undefined
  readonly timers: TimerGroup
}

// A client that is cut off while it sends sees a reset instead of the refusal; up to here it may finish.
const DISCARDED_BYTES = 64 * 1024 * 1024

export function readBody(message: IncomingMessage, rules: BodyRules): Promise<BodyResult> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = []
    let size = 0
    message.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= rules.limitInBytes) chunks.push(chunk)
      else chunks = []
      if (size > rules.limitInBytes + DISCARDED_BYTES) resolve('too-large')
      if (rules.bytesPerSecond !== undefined) slowDown(message, chunk.length / rules.bytesPerSecond, rules.timers)
    })
    message.on('end', () => resolve(size > rules.limitInBytes ? 'too-large' : joined(chunks)))
    message.on('error', () => resolve('broken'))
    message.on('close', () => resolve('broken'))
  })
}

function slowDown(message: IncomingMessage, seconds: number, timers: TimerGroup): void {
  message.pause()
  timers.set(() => message.resume(), seconds * 1000)
}

function joined(chunks: readonly Buffer[]): Buffer {
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}
