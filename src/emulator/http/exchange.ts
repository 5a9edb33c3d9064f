import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from '../../core/clock.ts'
import type { Counters } from '../counters.ts'
import type { Script, ScriptEffect, ScriptedRequest } from '../script/script.ts'
import type { TimerGroup } from '../script/timer-group.ts'
import type { Service } from '../service.ts'
import { bodyLimitOf } from '../wire/write-body.ts'
import { type Answer, errorAnswer, headersOf } from './answer.ts'
import { readBody } from './body-reader.ts'
import { type Naming, type RequestHead, requestHeadOf } from './request.ts'
import { codeOf, refusal, ServiceError } from './service-error.ts'

export interface ExchangeParts {
  readonly naming: Naming
  readonly clock: Clock
  readonly timers: TimerGroup
  readonly script: Script
  readonly service: Service
  readonly counters: Counters
}

/** One request and its answer, with whatever the script does to them on the way. */
export class Exchange {
  readonly #parts: ExchangeParts
  readonly #message: IncomingMessage
  readonly #response: ServerResponse
  readonly #requestId = randomBytes(12).toString('hex').toUpperCase()

  constructor(parts: ExchangeParts, message: IncomingMessage, response: ServerResponse) {
    this.#parts = parts
    this.#message = message
    this.#response = response
    response.on('error', () => {})
  }

  async run(): Promise<void> {
    this.#parts.counters.requests++
    try {
      const head = requestHeadOf(this.#message, this.#parts.naming)
      await this.#handle(head, this.#parts.script.take(head))
    } catch (error) {
      this.#message.resume()
      this.#send(this.#refused(error), {})
    }
  }

  async #handle(head: RequestHead, scripted: ScriptedRequest): Promise<void> {
    const { effect } = scripted
    const body = await readBody(this.#message, {
      limitInBytes: bodyLimitOf(head.headers),
      bytesPerSecond: effect.bytesPerSecond,
      timers: this.#parts.timers,
    })
    if (body === 'broken') return
    if (effect.delayMs !== undefined) await this.#wait(effect.delayMs)
    if (effect.reset === 'before') return this.#reset()
    const answer = this.#answerTo(head, body, scripted)
    if (effect.reset === 'after') return this.#reset()
    this.#send(answer, effect)
  }

  #answerTo(head: RequestHead, body: Buffer | 'too-large', scripted: ScriptedRequest): Answer {
    try {
      const planned = plannedAnswer(scripted.effect)
      if (planned !== undefined) return planned
      if (body === 'too-large') throw refusal('PostBodyTooLarge', 'the body is larger than any that can be accepted')
      const nowMs = this.#nowMs(scripted.effect)
      return this.#parts.service.handle({ ...head, body, nowMs, requestId: this.#requestId }, scripted)
    } catch (error) {
      return this.#refused(error)
    }
  }

  /** What is no refusal is a bug of the emulator: it answers as a failing server does, and goes on. */
  #refused(error: unknown): Answer {
    const known = error instanceof ServiceError ? error : refusal('InternalServerError', String(error))
    this.#parts.counters.countRefusal(known.errorCode)
    return errorAnswer(known)
  }

  #send(answer: Answer, effect: ScriptEffect): void {
    const requestId = effect.withoutRequestId === true ? undefined : this.#requestId
    const stamp = { nowMs: this.#nowMs(effect), requestId }
    const headers = headersOf({ ...answer, headers: { ...answer.headers, ...effect.headers } }, stamp)
    this.#response.sendDate = false
    // A body that was never read to its end is still in the pipe: the connection cannot carry another request.
    if (!this.#message.complete) headers.connection = 'close'
    if (effect.truncateAnswer === true) this.#sendHalf(answer, headers)
    else this.#response.writeHead(answer.status, headers).end(answer.body)
  }

  #sendHalf(answer: Answer, headers: Record<string, string>): void {
    headers['content-length'] = String(answer.body.length + 64)
    const half = answer.body.subarray(0, answer.body.length / 2)
    this.#response.writeHead(answer.status, headers)
    this.#response.write(half.length > 0 ? half : '{', () => this.#response.socket?.destroy())
  }

  #reset(): void {
    this.#parts.counters.resets++
    this.#message.socket.resetAndDestroy()
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => this.#parts.timers.set(resolve, delayMs))
  }

  #nowMs(effect: ScriptEffect): number {
    return this.#parts.clock.now() + (effect.clockOffsetMs ?? 0)
  }
}

/** The answer that the script has written, or throws the refusal that it names; undefined where it leaves that open. */
function plannedAnswer({ status, errorCode, errorMessage, body }: ScriptEffect): Answer | undefined {
  if (body !== undefined) {
    return { status: status ?? 200, headers: { 'content-type': 'text/html' }, body: Buffer.from(body) }
  }
  if (errorCode === undefined && status !== undefined && status < 400) {
    return { status, headers: {}, body: Buffer.alloc(0) }
  }
  if (errorCode === undefined && status === undefined) return undefined
  const code = errorCode ?? codeOf(status as number)
  throw new ServiceError(code, errorMessage ?? `${code}, as the script wants it`, status)
}
