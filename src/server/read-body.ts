import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from './byte-budget.ts'

/** What a body may cost. */
export interface BodyLimits {
  /** The largest body that is kept, in bytes. */
  readonly maxBytes: number
  /** Shared by all requests: what is held of unfinished bodies counts here too. Default: no such bound. */
  readonly budget?: ByteBudget
}

/** Why there is no body: over its limit, no room in the budget, or the connection ended first. */
export type NoBody = 'too-large' | 'no-room' | 'broken'

/** A body that is held until `release` gives its bytes back to the budget. */
export interface HeldBody {
  readonly bytes: Buffer
  /** Call it once the bytes are no longer used. Calling it again does nothing. */
  release(): void
}

// A client that is cut off while it sends sees a reset instead of the refusal; up to here it may finish.
const DISCARDED_BYTES = 64 * 1024 * 1024

/**
 * Reads the body of a request. Never rejects. Bytes over a limit are discarded as they come, so that the client can
 * finish sending and read the refusal; the server's `requestTimeoutMs` ends a body that does not end.
 */
export function readBody(message: IncomingMessage, { maxBytes, budget }: BodyLimits): Promise<HeldBody | NoBody> {
  return new Promise((resolve) => {
    let chunks: Buffer[] = []
    let kept = 0
    let seen = 0
    let refused: NoBody | undefined
    const release = () => {
      budget?.release(kept)
      kept = 0
      chunks = []
    }
    const refuse = (reason: NoBody) => {
      refused ??= reason
      release()
    }
    message.on('data', (chunk: Buffer) => {
      seen += chunk.length
      if (refused !== undefined) {
        if (seen > maxBytes + DISCARDED_BYTES) resolve(refused)
      } else if (seen > maxBytes) {
        refuse('too-large')
      } else if (budget?.tryTake(chunk.length) === false) {
        refuse('no-room')
      } else {
        kept += chunk.length
        chunks.push(chunk)
      }
    })
    message.on('end', () => {
      if (refused !== undefined) return resolve(refused)
      const bytes = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
      chunks = []
      resolve({ bytes, release })
    })
    // 'close' comes after 'end' too, when the body may be in use: then it is the holder who releases.
    message.on('close', () => {
      if (message.complete) return
      refuse('broken')
      resolve('broken')
    })
    message.on('error', () => {})
  })
}
