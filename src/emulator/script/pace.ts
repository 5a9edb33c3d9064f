import type { IncomingMessage } from 'node:http'
import type { TimerGroup } from './timer-group.ts'

/** Limits how fast the body of a request is read. */
export class Pace {
  constructor(message: IncomingMessage, bytesPerSecond: number, timers: TimerGroup) {
    message.on('data', (chunk: Buffer) => {
      message.pause()
      timers.set(() => message.resume(), (chunk.length / bytesPerSecond) * 1000)
    })
  }
}
